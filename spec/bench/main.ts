/**
 * The benchmark: `npm run bench`, or `npm run bench -- --quick`. Prints one table, writes it as JSON, and ends with status 1
 * if a target is missed; a whole run also draws the README's pictures. Figures of ours and of a peer are taken in turns in
 * one run, so that the machine's moods hit both.
 */
import { benchmarked } from './benchmarked.js'
import { callsWithValues, type Latencies, noOpCalls, noOpFigures } from './blocking-calls.js'
import { callingThreads, throughputFigures } from './calling-threads.js'
import { draw } from './draw.js'
import { failingCalls } from './failing-calls.js'
import type { Figure } from './figures.js'
import { firstCalls } from './first-calls.js'
import { floodedLoop } from './flooded-loop.js'
import { importOfAll, importsOfCaller } from './imports.js'
import { largeValues } from './large-values.js'
import { loggedLines } from './logged-lines.js'
import { firstResults, managedCalls } from './managed.js'
import { offloadingFigures } from './offloading.js'
import { packageSize } from './package-size.js'
import { pendingCalls } from './pending-calls.js'
import { pipelinedCalls } from './pipelined-calls.js'
import { PythonCrochet } from './python-crochet.js'
import { machine, quantilesOf, type Report, withVerdicts, write } from './report.js'
import { quick } from './rounds.js'
import { stopWithBlockedThreads, stopWithPendingCalls } from './shutdown.js'
import { sleepingThread } from './sleeping-thread.js'
import { start } from './start.js'
import { streamingFigures } from './streaming.js'
import { table } from './table.js'

const { figures: ofOneThread, latencies } = await callsOfOneThread()
const throughputs = await callingThreads()
const figures = withVerdicts([
  ...ofOneThread,
  ...throughputFigures(throughputs),
  await sleepingThread(),
  ...(await floodedLoop()),
  ...(await importsOfCaller()),
  await importOfAll(),
  ...packageSize(),
  await firstCalls(),
  ...(await firstResults()),
  ...(await managedCalls()),
  await loggedLines(),
  ...(await offloadingFigures()),
  ...(await streamingFigures()),
  ...(await stopWithBlockedThreads()),
  ...(await stopWithPendingCalls()),
])
const on = machine()
const report: Report = { on, quick, figures, latencies: quantilesOf(latencies), throughputs }
process.stdout.write(`${table(figures)}

The main thread waited for a core for ${(on.withoutCore * 100).toFixed(0)} % of the run.
The same for programs: ${write(report)}
`)
if (!quick) for (const picture of draw(report)) process.stdout.write(`Drawn from it: ${picture}\n`)
process.exitCode = figures.some((figure) => figure.verdict === 'NOT MET') ? 1 : 0

async function callsOfOneThread(): Promise<{ figures: Figure[]; latencies: Latencies }> {
  const { reactor, pool } = start(1, { benchmarked })
  using crochet = PythonCrochet.start()
  try {
    const latencies = await noOpCalls(pool, crochet)
    const figures = [
      ...noOpFigures(latencies),
      ...(await callsWithValues(pool)),
      ...(await failingCalls(pool)),
      ...(await pipelinedCalls(pool, crochet)),
      ...(await largeValues(pool)),
      await pendingCalls(pool),
    ]
    return { figures, latencies }
  } finally {
    await reactor.stop()
  }
}
