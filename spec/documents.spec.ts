import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { codeBlocks, typeErrors } from './fixtures/code-blocks.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const markdownIn = (folder: string) =>
  readdirSync(root + folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => folder + file)
const documents = [...markdownIn(''), ...markdownIn('docs/'), 'samples/README.md', 'samples/link-checker/README.md']
/** Their code is that of samples. */
const quoting = ['README.md', 'samples/link-checker/README.md']
const blocksOf = (language: string, files = documents) =>
  files.flatMap((file) =>
    codeBlocks(readFileSync(root + file, 'utf8'))
      .filter((block) => block.language === language)
      .map((block) => ({ ...block, file, place: `${file}:${block.line}` })),
  )

/** In ms. A bound on a hang, of what compiles. */
const patience = 120_000

const samples = readdirSync(`${root}samples`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(`${root}samples/${file}`, 'utf8'))
const isOfSample = ({ code }: { readonly code: string }): boolean => samples.some((sample) => sample.includes(code))

describe('a README', () => {
  it.each(blocksOf('ts', quoting))('takes its code from a sample that runs: $place', (block) => {
    expect(block).toSatisfy(isOfSample)
  })
})

/** The files of the README's sections: each is named in the text in front of its code. */
const sections = readFileSync(`${root}README.md`, 'utf8')
  .split(/^## /m)
  .map((section) => {
    const parts = section.split(/^```/m)
    const files = parts.flatMap((part, at) => {
      const [, name] = [...(parts[at - 1] ?? '').matchAll(/`([\w-]+\.ts)`/g)].at(-1) ?? []
      return part.startsWith('ts\n') ? [[name ?? 'unnamed', part.slice('ts\n'.length)] as const] : []
    })
    return { title: section.slice(0, section.indexOf('\n')), files }
  })
  .filter(({ files }) => files.length > 0)

describe("the README's code", () => {
  it.each(sections)(
    'can be pasted, each block into the file that is named: $title',
    ({ files }) => {
      expect(files.map(([name]) => name)).not.toContain('unnamed')
      expect(new Map(files).size).toBe(files.length)
      expect(typeErrors(root, new Map(files))).toEqual([])
    },
    patience,
  )
})

describe('the documentation', () => {
  it(
    'shows code whose types are right',
    () => {
      const blocks = blocksOf('ts').filter((block) => !isOfSample(block))
      expect(blocks).not.toHaveLength(0)
      // Of each line of a message, the one in the document.
      const modules = blocks.map(({ file, line, preamble, code }) => {
        const above = '\n'.repeat(Math.max(0, line - 1 - preamble.split('\n').length + 1))
        // Others import what begins with its name.
        const name = /^\/\/ (\w+\.ts)\b/.exec(code)?.[1] ?? `${file.replaceAll('/', '-')}-${line}.ts`
        return [name, above + preamble + code] as const
      })
      expect(typeErrors(root, new Map(modules))).toEqual([])
      expect(new Set(modules.map(([name]) => name)).size).toBe(blocks.length)
    },
    patience,
  )

  it(
    'shows JavaScript in which TypeScript finds nothing wrong',
    () => {
      const blocks = blocksOf('js')
      expect(blocks).not.toHaveLength(0)
      const modules = blocks.map(({ file, line, code }) => [`${file.replaceAll('/', '-')}-${line}.cjs`, code] as const)
      // What nobody has written the types of may be of any.
      const untyped = { noImplicitAny: false, noUncheckedIndexedAccess: false }
      expect(typeErrors(root, new Map(modules), untyped)).toEqual([])
    },
    patience,
  )

  it('shows no code in other languages, which nothing would check', () => {
    const fences = documents.flatMap((file) => [...readFileSync(root + file, 'utf8').matchAll(/^```(\w+)$/gm)])
    expect(new Set(fences.map(([, language]) => language))).toEqual(new Set(['ts', 'js', 'sh', 'console']))
  })

  it.each([...blocksOf('sh'), ...blocksOf('console')])('names commands that there are: $place', ({ code }) => {
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
    const named = [...code.matchAll(/^(?:\$ )?npm (?:run )?([\w:]+)/gm)].map(([, name = '']) => name)
    const own = ['ci', 'init', 'install', 'pack']
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named.filter((name) => !own.includes(name))))
  })

  it('has no broken links', () => {
    const checker = fileURLToPath(new URL('../samples/link-checker/main.js', import.meta.url))
    const { status, stdout } = spawnSync(process.execPath, [checker, '--offline', ...documents], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(stdout).toContain(' 0 broken,')
    expect(status).toBe(0)
  })
})
