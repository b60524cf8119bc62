import { resolve } from 'node:path'
import { Reactor } from 'rx-crochet'
import type { Dispatcher } from 'undici'
import { httpAgent } from './http-agent.js'
import { httpChecker } from './http-checker.js'
import { onInterrupt } from './interrupt.js'
import type { Options } from './options.js'
import { showProgress } from './progress.js'
import { reasonOf } from './reason.js'
import type { DocumentReport, DocumentTask } from './worker.js'

export interface CheckOptions extends Pick<Options, 'threads' | 'timeout' | 'offline'> {
  /** Sees every HTTP request before it is sent. */
  readonly interceptor?: Dispatcher.DispatcherComposeInterceptor
}

export interface Outcome {
  /** One for each document; `undefined` for those that an interrupt came before. */
  readonly reports: readonly (DocumentReport | undefined)[]
  readonly interrupted: boolean
  readonly seconds: number
}

/** Checks the links of `files` in a pool of threads. Ctrl-C ends it early, with what is known by then. */
export async function checkLinks(files: readonly string[], options: CheckOptions): Promise<Outcome> {
  const { timeout, offline, interceptor } = options
  const begin = performance.now()
  await using agent = httpAgent(timeout, interceptor)
  await using reactor = new Reactor({ logLevel: 'error' })
  reactor.expose('http', httpChecker({ dispatcher: agent.dispatcher, timeout }))

  const threads = Math.max(1, Math.min(options.threads, files.length))
  const filename = new URL('./worker.js', import.meta.url).href
  const pool = reactor.createPool({ filename, minThreads: threads, maxThreads: threads })

  let interrupted = false
  onInterrupt(() => {
    interrupted = true
    // Wakes every thread that sleeps in `http.check`; its task returns what it found so far.
    void reactor.stop({ drainTimeout: 500 })
  })

  const progress = showProgress(files.length, reactor)
  const checkDocument = async (file: string): Promise<DocumentReport | undefined> => {
    const task: DocumentTask = { file, path: resolve(file), offline }
    try {
      const report: DocumentReport = await pool.run(task)
      progress.add(report)
      return report
    } catch (error) {
      if (interrupted) return undefined
      return { file, links: 0, skipped: 0, unchecked: 0, broken: [], problem: reasonOf(error) }
    }
  }
  const reports = await Promise.all(files.map(checkDocument))
  return { reports, interrupted, seconds: (performance.now() - begin) / 1000 }
}
