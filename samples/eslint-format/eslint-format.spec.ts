import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ESLint } from 'eslint'
import { format } from 'prettier'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { config, files, runEslint } from './run-eslint.js'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eslint-format-spec-'))
  cpSync(files, folder, { recursive: true })
})

afterEach(() => rmSync(folder, { recursive: true }))

it('has a reactor for each thread of --concurrency', () => {
  const { status, stdout } = runEslint(folder, '--concurrency', '2')
  expect(status).toBe(1)
  expect(stdout).toContain('6 problems')
})

describe('ESLint in this process', () => {
  it('is told the range of each difference, and how to fix it', async () => {
    const [menu] = await eslint().lintFiles('menu.yaml')
    expect(menu?.messages).toEqual([
      expect.objectContaining({ line: 1, column: 10, endLine: 1, endColumn: 22, fix: fix(9, 21, 'tea, coffee') }),
      expect.objectContaining({ line: 2, column: 6, endLine: 2, endColumn: 8, fix: fix(28, 30, '') }),
    ])
  })

  it('fixes files to what Prettier makes of them, and then has nothing more to fix', async () => {
    const greet = join(folder, 'greet.js')
    const expected = await format(readFileSync(greet, 'utf8'), { parser: 'babel', semi: false, singleQuote: true })

    const first = await eslint(true).lintFiles('.')
    await ESLint.outputFixes(first)
    const second = await eslint(true).lintFiles('.')
    expect(readFileSync(greet, 'utf8')).toBe(expected)
    expect(first.filter(({ output }) => output !== undefined)).toHaveLength(2)
    expect(second.filter(({ output }) => output !== undefined)).toHaveLength(0)
    expect(second.flatMap(({ messages }) => messages).map(({ messageId }) => messageId)).toEqual(['unreadable'])
  })

  it('shows the stacks of both threads if Prettier fails otherwise', async () => {
    writeFileSync(join(folder, '.prettierrc.json'), '{ "semi":')
    const failure = await eslint()
      .lintFiles('menu.yaml')
      .catch(({ stack }: Error) => stack)
    expect(failure).toMatch(/^JSONError: JSON Error in ".*\.prettierrc\.json":$/m)
    expect(failure).toMatch(
      / at .*format .*formatter\.js:.* ---- formatter\.js#format, called by .* at Program .*-rule\.js:/s,
    )
  })
})

function eslint(fix = false): ESLint {
  return new ESLint({ cwd: folder, overrideConfigFile: config, fix })
}

function fix(start: number, end: number, text: string) {
  return { range: [start, end], text }
}
