import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runNode } from '../fixtures/setup-run.js'

const program = fileURLToPath(new URL('../fixtures/bundled-program.js', import.meta.url))

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rx-crochet-bundled-'))
})

afterAll(() => rm(folder, { recursive: true }))

/** Bundles the program into one file of a folder that has nothing else. */
async function bundled(format: 'esm' | 'cjs', name: string): Promise<string> {
  const file = join(folder, name)
  // As most bundlers leave it, where they make CommonJS.
  const define = format === 'cjs' ? { 'import.meta.url': 'undefined' } : {}
  await using bundle = await rolldown({
    input: program,
    platform: 'node',
    transform: { define },
    onwarn: () => undefined,
  })
  await bundle.write({ file, format, codeSplitting: false })
  return file
}

describe.concurrent('an application that was bundled into one file, and is deployed without anything else,', () => {
  it.each([
    ['an ES module', 'esm', 'application.mjs'],
    ['CommonJS', 'cjs', 'application.cjs'],
  ] as const)('has calls answered and its log written, as %s', async (_, format, name) => {
    const { end, lines, errors } = await runNode([await bundled(format, name)])
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { setup: { threw: expect.objectContaining({ code: 'ERR_RX_CROCHET_NOT_SET_UP' }) } },
      { double: 42 },
    ])
    expect(errors.split('\n')).toEqual([
      expect.stringMatching(/^rx-crochet: pino could not be loaded, .*Cannot find module 'pino'.*`logger`$/),
      expect.stringMatching(/^first thread: \d+ by: 'a thread'$/),
      expect.stringMatching(/^second thread: \d+$/),
      '',
    ])
    expect(end).toEqual([0, null])
  })
})
