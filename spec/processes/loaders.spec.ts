/**
 * Modules as real loaders give them, in processes of their own: what they export may be getters, or have a default export only.
 *
 * @module
 */
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventual, Reactor } from 'rx-crochet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { runNode } from '../fixtures/setup-run.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const packages = ['rxjs', 'piscina', 'pino', 'tsx', 'ts-node', '@swc-node/register', 'typescript']

const files = {
  'package.json': JSON.stringify({ type: 'commonjs' }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: { module: 'nodenext', target: 'es2022', esModuleInterop: true },
    'ts-node': { transpileOnly: true },
  }),
  'named.ts': `
    export const version: string = '1.0'
    export function add(a: number, b: number): number { return a + b }
    export default { multiply: (a: number, b: number): number => a * b }`,
  'instance.cts': `
    class Service { #zero: number = 0; add(a: number, b: number): number { return this.#zero + a + b } }
    module.exports = new Service()`,
  'named.cts': 'export function add(a: number, b: number): number { return a + b }',
  'instance.cjs': `
    class Service { #zero = 0; get version() { throw new Error('a getter ran') } add(a, b) { return this.#zero + a + b } }
    module.exports = new Service()`,
  // Node can't see by name what is exported so.
  'getters.cjs': `
    Object.defineProperty(exports, '__esModule', { value: true })
    const all = { add: (a, b) => a + b, version: '1.0', default: { multiply: (a, b) => a * b } }
    for (const name of Object.keys(all)) Object.defineProperty(exports, name, { enumerable: true, get: () => all[name] })`,
  'function.cjs': 'module.exports = (a, b) => a + b',
  'default.mjs': `
    import * as inner from './named.mjs'
    export { inner }
    export const version = '1.0'
    export default { add: (a, b) => a + b, version: 1 }`,
  'named.mjs': "export const add = (a, b) => a + b; export default { add: () => 'not this one' }",
  'broken.ts': "throw new RangeError('broken on purpose')",
  'unknown.txt': 'nothing that could be loaded',
  'preloaded.mjs': 'globalThis.preloaded = true',
  'program.ts': `
    import { pathToFileURL } from 'node:url'
    import { blocking, setup } from 'rx-crochet/caller'
    setup()
    const called = (process.argv[2] as string).split(' ').map((call) => {
      const [file, name] = call.split('#') as [string, string]
      const url = new URL(file, pathToFileURL(process.cwd() + '/'))
      try { return blocking(url, { timeout: 20_000 })[name]!(3, 4) } catch (error: any) { return error.name + ': ' + error.message.replace(/file:\\S+\\//, '') }
    })
    console.log(JSON.stringify(called))`,
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rx-crochet-loaders-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  await writeFile(join(folder, 'program.mts'), files['program.ts'])
  const link = async (target: string, name: string): Promise<void> => {
    const path = join(folder, 'node_modules', name)
    await mkdir(dirname(path), { recursive: true })
    await symlink(target, path, 'junction')
  }
  // A copy, for hooks leave alone what is really in `node_modules`, as an installed package is.
  const copy = join(folder, 'node_modules/rx-crochet')
  await cp(join(root, 'dist'), join(copy, 'dist'), {
    recursive: true,
    filter: (path) => !/dist.(?:spec|samples)/.test(path),
  })
  await cp(join(root, 'package.json'), join(copy, 'package.json'))
  for (const name of packages) await link(join(root, 'node_modules', name), name)
})

afterAll(() => rm(folder, { recursive: true }))

/** What calls with 3 and 4 give, of functions such as `math.ts#add`. */
async function called(flags: readonly string[], program: string, calls: readonly string[]): Promise<unknown> {
  const { told, errors } = await runNode([...flags, program, calls.join(' ')], {}, folder)
  return told ?? errors
}

const plain = [
  'instance.cjs#add',
  'getters.cjs#add',
  'getters.cjs#multiply',
  'function.cjs#default',
  'default.mjs#add',
  'named.mjs#add',
]
const sums = [7, 7, 12, 7, 7, 7]
const typed = ['named.ts#add', 'named.ts#multiply']
const common = ['instance.cts#add', 'named.cts#add']

describe.concurrent('a module named by its URL has its functions called', () => {
  it.each<[flags: string, program: string, calls: readonly string[], answers: readonly number[]]>([
    ['--import tsx', 'program.ts', [...typed, ...common], [7, 12, 7, 7]],
    ['--import tsx', 'program.mts', [...typed, ...common], [7, 12, 7, 7]],
    ['--import ./preloaded.mjs --import tsx', 'program.ts', [...typed, ...common], [7, 12, 7, 7]],
    ['--import tsx --import ./preloaded.mjs', 'program.ts', [...typed, ...common], [7, 12, 7, 7]],
    ['--require @swc-node/register', 'program.ts', [...typed, ...common], [7, 12, 7, 7]],
    ['--import @swc-node/register/esm-register', 'program.mts', typed, [7, 12]],
    ['--require ts-node/register', 'program.ts', typed, [7, 12]],
  ])('by node %s %s', async (flags, program, calls, answers) => {
    expect(await called(flags.split(' '), program, [...plain, ...calls])).toEqual([...sums, ...answers])
  })

  it('or says what is exported in the place of a function, and what else there is', async () => {
    const calls = [
      'named.ts#version',
      'named.ts#none',
      'instance.cjs#version',
      'getters.cjs#version',
      'default.mjs#default',
      'default.mjs#inner',
    ]
    const has = (file: string, what: string, names: string): string =>
      `UnknownFunctionError: The module ${file} has no function ${what}; it has: ${names}`
    expect(await called(['--import', 'tsx'], 'program.ts', calls)).toEqual([
      has('named.ts', '`version` to call, only a value of type `string`', '`add`, `multiply`'),
      has('named.ts', '`none` to call', '`add`, `multiply`'),
      has('instance.cjs', '`version` to call', '`add`'),
      has('getters.cjs', '`version` to call, only a value of type `string`', '`add`, `multiply`'),
      has('default.mjs', '`default` to call, only a value of type `object`', '`add`'),
      has('default.mjs', '`inner` to call, only a whole module, which has a URL of its own', '`add`'),
    ])
  })

  it('or says why it could not be loaded, by whatever loader', async () => {
    const calls = ['broken.ts#fn', 'broken.ts#fn', 'unknown.txt#fn']
    const broken = 'ModuleImportError: The reactor could not import broken.ts: broken on purpose'
    const unknown = expect.stringMatching(/^ModuleImportError: .*Unknown file extension "\.txt"/)
    expect(await called(['--require', '@swc-node/register'], 'program.ts', calls)).toEqual([broken, broken, unknown])
  })
})

describe('expose()', () => {
  it("takes a module's exports that are getters, and runs no getter of any other object", async () => {
    const reactor = new Reactor({ logger: new RecordedLog() })
    let ran = 0
    const withGetter = (isModule: boolean): object =>
      Object.defineProperties(
        { fn: () => 'own' },
        {
          __esModule: { value: isModule },
          add: {
            get: () => {
              ran += 1
              return (a: number, b: number) => a + b
            },
          },
        },
      )
    reactor.expose('module', withGetter(true))
    const add = (name: string) => eventual<{ add(a: number, b: number): number }>(name).add(3, 4).asPromise()
    expect(await add('module')).toBe(7)
    ran = 0
    reactor.expose('other', withGetter(false))
    await expect(add('other')).rejects.toThrow('no function `add` to call, only a getter; it has: `fn`')
    expect(ran).toBe(0)
    await reactor.stop()
  })
})
