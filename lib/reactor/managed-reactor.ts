/**
 * The reactor of a thread that has nothing else, and ends with it.
 *
 * @module
 */

import { workerData } from 'node:worker_threads'
import * as clock from '../protocol/clock.js'
import { BEAT_EVERY, type LastWord, type ManagedData, readStop } from '../protocol/managed.js'
import { LogThreshold } from '../protocol/memory/log-threshold.js'
import { thisThread } from '../protocol/thread.js'
import { writeDirectly } from './direct-output.js'
import { noSetup } from './no-setup.js'
import { hookIntoTypeScript } from './typescript-hooks.js'

writeDirectly()
hookIntoTypeScript()
// The thread that started this one has checked them.
const { options, threshold, lifeline } = workerData as ManagedData
const reactor = noSetup(options)
const [local] = thisThread.reactors

// Always: it has just been made.
if (local !== undefined) {
  const shared = LogThreshold.received(threshold)
  if (shared !== undefined) local.goBy(shared)
  // Not by `parentPort`, which is for modules of the application that may listen there. This keeps the thread alive.
  local.attach(lifeline)
  lifeline.on('message', (message: unknown) => {
    const request = readStop(message)
    if (request === undefined) return
    const { options, port, bell } = request
    // The first before anything is done: a trigger or a teardown may never give the loop back, and that is then said of it.
    bell.beat()
    const stopBeating = clock.every(BEAT_EVERY, () => bell.beat())
    void reactor.stop(options).then((report) => {
      stopBeating()
      port.postMessage(report)
      bell.ring()
    })
  })
  // Whoever stops it: when all is done there is nothing left for this thread to do, whatever the application left open.
  // A trigger would not do, for none may wait for stop().
  reactor.shutdown$.subscribe(() => void reactor.stop().then(() => clock.inNextTurn(() => process.exit())))
  process.on('uncaughtExceptionMonitor', (error) => {
    thisThread.logs[0]?.write({
      level: 'error',
      message: 'an uncaught exception ends the reactor',
      details: { err: error },
    })
  })
  // Threads that sleep in calls can't know otherwise.
  process.on('exit', () => {
    lifeline.postMessage((reactor.state === 'stopped' ? 'has stopped' : 'ends by itself') satisfies LastWord)
    local.abandon()
  })
}
