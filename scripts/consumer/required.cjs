// As main.js, by `require`.

const { Reactor } = require('rx-crochet')
const { of } = require('rxjs')

const reactor = new Reactor()
reactor.expose('math', { double: (x) => of(2 * x) })
const pool = reactor.createPool({ filename: require.resolve('./worker.cjs'), maxThreads: 1 })

pool
  .run(21)
  .then(console.log)
  .finally(() => reactor.stop())
