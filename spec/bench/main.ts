/**
 * The benchmark: `npm run bench`, or `npm run bench -- --quick`. Prints one table, and ends with status 1 if a target
 * is missed. Figures of ours and of a peer are taken in turns in one run, so that the machine's moods hit both.
 */
import { benchmarked } from './benchmarked.js'
import { blockingCalls } from './blocking-calls.js'
import { failingCalls } from './failing-calls.js'
import { type Figure, isMet, table } from './figures.js'
import { loggedLines } from './logged-lines.js'
import { firstResults, managedCalls } from './managed.js'
import { offloadingFigures } from './offloading.js'
import { pendingCalls } from './pending-calls.js'
import { pipelinedCalls } from './pipelined-calls.js'
import { stopWithBlockedThreads, stopWithPendingCalls } from './shutdown.js'
import { start } from './start.js'
import { streamingFigures } from './streaming.js'

const figures = [
  ...(await callFigures()),
  ...firstResults(),
  ...managedCalls(),
  await loggedLines(),
  ...(await offloadingFigures()),
  ...(await streamingFigures()),
  ...(await stopWithBlockedThreads()),
  ...(await stopWithPendingCalls()),
]
process.stdout.write(`${table(figures)}\n`)
process.exitCode = figures.every(isMet) ? 0 : 1

/** All of one thread. */
async function callFigures(): Promise<Figure[]> {
  const { reactor, pool } = start(1, { benchmarked })
  try {
    return [
      ...(await blockingCalls(pool)),
      await failingCalls(pool),
      await pipelinedCalls(pool),
      await pendingCalls(pool),
    ]
  } finally {
    await reactor.stop()
  }
}
