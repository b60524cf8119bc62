import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as everything from 'rx-crochet'
import * as caller from 'rx-crochet/caller'
import { describe, expect, it } from 'vitest'
import { optionsOf } from './fixtures/options-of.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const textOf = (file: string): string => readFileSync(root + file, 'utf8')
/** The rows of a document's tables, each with its cells. */
const rowsOf = (file: string): string[][] =>
  [...textOf(file).matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split(' | '))
const codeIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

const isError = (exported: unknown): exported is typeof caller.RxCrochetError =>
  exported === caller.RxCrochetError ||
  (typeof exported === 'function' && exported.prototype instanceof caller.RxCrochetError)
const namesOf = (entry: object): string[] =>
  Object.entries(entry).flatMap(([name, exported]) => (isError(exported) ? [] : [name]))

describe('the README', () => {
  const rows = rowsOf('README.md')

  it.each([
    ['rx-crochet', namesOf(everything).filter((name) => !(name in caller))],
    ['rx-crochet/caller', namesOf(caller)],
  ])('names what %s has', (entry, names) => {
    const [, has] = rows.find(([first]) => first === `\`${entry}\``) ?? []
    expect(codeIn(has).sort()).toEqual(names.sort())
  })

  it('says of each dependency what it is for', () => {
    const { dependencies, peerDependencies } = JSON.parse(textOf('package.json'))
    const stated = rows.flatMap(([first = '']) => [...first.matchAll(/^\[(.+)\]\(https:.+\) ([\d.]+)(, as a peer)?$/g)])
    const peers = Object.entries(peerDependencies).map(([name, range]) => [name, range, ', as a peer'])
    const own = Object.entries(dependencies).map(([name, range]) => [name, range, undefined])
    const majorAndMinor = (range: unknown): string => String(range).replace(/^\^|(\.0)+$|\.\d+\.0$/g, '')
    expect(stated.map(([, ...one]) => one).sort()).toEqual(
      [...own, ...peers].map(([name, range, peer]) => [name, majorAndMinor(range), peer]).sort(),
    )
  })
})

describe('the guide', () => {
  const rows = rowsOf('docs/guide.md')

  it('says of each error, with its code, when there is one', () => {
    const errors = Object.values(caller).filter(isError)
    const concrete = errors.filter((one) => one !== caller.RxCrochetError)
    const stated = rows.filter(([, code]) => code?.startsWith('`ERR_')).map(([name, code]) => [name, code])
    expect(stated.sort()).toEqual(
      concrete.map(({ name, prototype }) => [`\`${name}\``, `\`${prototype.code}\``]).sort(),
    )
  })

  it('says of each option what it is', () => {
    const inTables = rows.flatMap(([first]) => codeIn(first))
    const inCalls = [...textOf('docs/guide.md').matchAll(/(\w+): [\d_]+/g)].map(([, name = '']) => name)
    const options = optionsOf(`${root}lib/index.ts`)
    expect(options).toContain('maxPending')
    expect(options.filter((option) => !inTables.includes(option) && !inCalls.includes(option))).toEqual([])
  })
})

describe('the list of samples', () => {
  it('has them all', () => {
    const folders = readdirSync(`${root}samples`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const listed = rowsOf('samples/README.md').flatMap(([first = '']) => /^\[(.+)\]/.exec(first)?.[1] ?? [])
    expect(listed.sort()).toEqual(folders.map(({ name }) => name).sort())
  })
})
