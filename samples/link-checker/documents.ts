import { readFileSync } from 'node:fs'
import { type Markdown, readMarkdown } from './markdown.js'

/**
 * Parsed Markdown files. Each thread has its own: a parsed file cannot be shared between threads without copying it,
 * and parsing the few files that several threads look into twice is cheaper than asking another thread.
 */
export class Documents {
  readonly #parsed = new Map<string, Markdown>()

  /** @throws the file system's error if the file cannot be read */
  open(path: string): Markdown {
    const known = this.#parsed.get(path)
    if (known) return known
    const document = readMarkdown(readFileSync(path, 'utf8'))
    this.#parsed.set(path, document)
    return document
  }
}
