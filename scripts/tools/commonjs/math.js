const { of } = require('rxjs')

exports.double = (x) => of(2 * x)
