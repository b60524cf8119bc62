import { SingleBar } from 'cli-progress'
import { finalize, type MonoTypeOperatorFunction, tap } from 'rxjs'
import type { Step } from './worker.js'

/** Draws a progress bar of that many files on stderr; nothing if stderr is not a terminal. */
export function showProgress(files: number): MonoTypeOperatorFunction<Step> {
  const bar = new SingleBar({ format: '{bar} {percentage} %', stream: process.stderr, clearOnComplete: true })
  bar.start(files, 0)
  let done = 0
  return (steps) =>
    steps.pipe(
      tap((step) => {
        if (step.type === 'done') done += 1
        bar.update(step.type === 'row' ? done + step.share : done)
      }),
      finalize(() => bar.stop()),
    )
}
