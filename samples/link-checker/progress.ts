import { SingleBar } from 'cli-progress'
import type { Reactor } from 'rx-crochet'
import { interval, takeUntil } from 'rxjs'
import type { DocumentReport } from './worker.js'

export interface Progress {
  add(report: DocumentReport): void
}

/** Draws a progress bar on stderr until the reactor stops; nothing if stderr is not a terminal. */
export function showProgress(files: number, reactor: Reactor): Progress {
  const bar = new SingleBar({
    format: '{bar} {value}/{total} files, {links} links, {broken} broken, {waiting} threads waiting',
    stream: process.stderr,
    clearOnComplete: true,
    barsize: 24,
  })
  let links = 0
  let broken = 0
  bar.start(files, 0, { links, broken, waiting: 0 })
  interval(100)
    .pipe(takeUntil(reactor.shutdown$))
    .subscribe({
      next: () => bar.update({ waiting: reactor.pending().length }),
      complete: () => bar.stop(),
    })

  return {
    add(report) {
      links += report.links
      broken += report.broken.length
      bar.increment(1, { links, broken })
    },
  }
}
