// Given the file of a worker, prints what that got from a reactive function. Without a top-level await, so that it can be CommonJS.

import { Reactor } from 'rx-crochet'
import { of } from 'rxjs'

const reactor = new Reactor()
reactor.expose('math', { double: (x) => of(2 * x) })
const pool = reactor.createPool({ filename: process.argv[2], maxThreads: 1 })

pool
  .run(21)
  .then(console.log)
  .finally(() => reactor.stop())
