import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Ran, runNode } from '../fixtures/setup-run.js'

/** As it was written: `dist` has only what the compiler made of it. */
const program = fileURLToPath(new URL('../../../spec/fixtures/typescript/program.ts', import.meta.url))
const tsx = fileURLToPath(new URL('../../../node_modules/tsx/dist/cli.mjs', import.meta.url))

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const stripsTypes = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)

type Way = readonly [how: string, run: () => Promise<Ran>]
const ways: readonly Way[] = [
  ['by tsx', () => runNode([tsx, program])],
  ['by node --import tsx', () => runNode(['--import', 'tsx', program])],
  ['by node --import=tsx/esm', () => runNode(['--import=tsx/esm', program])],
  [
    'by node with NODE_OPTIONS=--import=tsx',
    () => runNode([program], { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=tsx` }),
  ],
]
const ownWays: readonly Way[] = stripsTypes ? [['by node itself', () => runNode([program])]] : []

describe.concurrent('a program in TypeScript', () => {
  it.each([...ways, ...ownWays])('calls modules and shared modules in TypeScript: run %s', async (_, run) => {
    const { end, told, errors } = await run()
    expect({ end, errors: told === undefined ? errors : '' }).toEqual({ end: [0, null], errors: '' })
    expect(told).toMatchObject({
      greetings: [
        { text: 'hello, one', count: 1 },
        { text: 'hello, two', count: 2 },
      ],
      counts: [1, 3],
      failed: {
        threw: {
          class: 'RangeError',
          stack: expect.stringMatching(/at .*fail .*reactive\.ts:\d+[\s\S]*---- [\s\S]*program\.ts:\d+/),
        },
      },
      retried: [{ threw: { class: 'ModuleImportError' } }, { returned: 2 }],
    })
    const { here, there } = told as { here: number; there: readonly number[] }
    expect(there).toEqual([there[0], there[0]])
    expect(there).not.toContain(here)
  })
})
