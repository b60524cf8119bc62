import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)
const readme = readFileSync(new URL('README.md', root), 'utf8')
const samples = readdirSync(new URL('samples/', root), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(new URL(`samples/${file}`, root), 'utf8'))

describe('the README', () => {
  const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)

  it('shows code', () => {
    expect(blocks).not.toHaveLength(0)
  })

  it.each(blocks)('takes its code from a sample that runs: %s', (code) => {
    expect(samples.filter((sample) => sample.includes(code))).not.toHaveLength(0)
  })
})
