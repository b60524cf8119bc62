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
  // Pino's: it also writes all to a pipe that is full for the moment.
  let destination: ReturnType<typeof destinationOf> | undefined
  stream._write = (chunk: Uint8Array | string, encoding, done) => {
    destination ??= destinationOf(fd)
    destination.write(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
    done()
  }
  Object.assign(stream, { _writev: null })
}

function destinationOf(fd: number): { write(chunk: Uint8Array): unknown } {
  // Its types don't say that it takes bytes, with that option.
  const options: object = { dest: fd, sync: true, contentMode: 'buffer' }
  return loadPino().destination(options) as unknown as { write(chunk: Uint8Array): unknown }
}
