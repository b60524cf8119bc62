import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What that program of this folder prints. */
export async function outputOf(program: string, ...args: string[]): Promise<string> {
  const file = fileURLToPath(new URL(`./${program}.js`, import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file, ...args], { maxBuffer: 2 ** 24 })
  process.stderr.write(stderr)
  return stdout
}
