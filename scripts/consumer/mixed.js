// Imports and requires, for check-package: both give one set of classes, and one state of the thread.

import { createRequire } from 'node:module'
import { Reactor } from 'rx-crochet'
import * as imported from 'rx-crochet/caller'
import { of } from 'rxjs'

const require = createRequire(import.meta.url)
const required = require('rx-crochet')
const areOne = Object.entries(imported).every(([name, value]) => required[name] === value)

const reactor = new Reactor()
reactor.expose('math', { double: (x) => of(2 * x) })
const answer = await require('rx-crochet/caller').eventual('math').double(21).asPromise()
console.log(answer, areOne && reactor instanceof required.Reactor ? 'is one' : 'is two')
await reactor.stop()
