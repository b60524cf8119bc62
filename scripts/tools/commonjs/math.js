// A module that calls name.

const { NEVER, of } = require('rxjs')

exports.double = (x) => of(2 * x)
exports.never = () => NEVER
