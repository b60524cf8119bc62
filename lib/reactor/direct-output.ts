import type { Writable } from 'node:stream'
import { loadPino } from './load-pino.js'

/**
 * Has what this thread writes to standard output and error appear at once. Node sends it through the thread that started
 * this one, and so not as long as that is blocked.
 */
export function writeDirectly(): void {
  direct(process.stdout, 1)
  direct(process.stderr, 2)
}

function direct(stream: Writable, fd: number): void {
  let destination: { write(chunk: string): unknown } | undefined
  stream._write = (chunk: Uint8Array | string, _encoding, done) => {
    // Pino's: it also writes all to a pipe that is full for the moment.
    destination ??= loadPino().destination({ dest: fd, sync: true })
    destination.write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
    done()
  }
  Object.assign(stream, { _writev: null })
}
