// @ts-check
// `npm run check:tools`: installs the packed package in a project, and has the tools run that people use it with: test runners, in
// each way in which they load modules, and bundlers. A row is a tool in a process of its own; `npm run check:tools -- jest` runs
// those that have that in their name. With `--others` they run under each Node that is supported but the one that runs this,
// without what is the same under each; with `--table` these run under all of them, and the table of the guide is printed.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { begin, check, npm, packAndInstall, root } from './commands.js'
import { addCount } from './counts.js'
import { binaryOf, majors, otherMajors, ownMajor } from './nodes.js'

/** What each row is given: runs a program by the Node that is asked for. */
/** @typedef {(cwd: string, args: string[], env?: NodeJS.ProcessEnv) => Promise<string>} Node */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {(node: Node) => Promise<void>} run
 * @property {Record<string, string>} [fails] Under which Node it does, and why: it is to be known when it doesn't any more.
 * @property {boolean} [once] Whether it is the same under each Node, and so run under that of this run alone, and in no table.
 */

const require = createRequire(import.meta.url)
// Below the root, so that the project finds the tools in its node_modules; but the package, RxJS and Piscina in its own.
mkdirSync(join(root, '.cache'), { recursive: true })
const folder = mkdtempSync(join(root, '.cache/tools-'))
const project = join(folder, 'project')
cpSync(join(root, 'scripts/tools'), project, { recursive: true })

const modules = ['--experimental-vm-modules']
const onlyFrom24 =
  'NestJS 12 is ES modules, which Jest can `require` from Node 24.9 on; the generated tests alone fail, too'
const jsdom = 'jest-environment-jsdom'

/** @type {Row[]} */
const rows = [
  jest('CommonJS', 'commonjs'),
  jest('CommonJS, in jsdom', 'commonjs', { testEnvironment: jsdom }),
  jest('CommonJS, fake timers', 'commonjs', words('fakes', '(reactor|setup|clock)', '.cjs')),
  jest('CommonJS, `resetModules`', 'commonjs', words('reset', 'reset', '.cjs')),
  jest('CommonJS, `-w 2 --workerThreads`', 'commonjs', {}, [], ['-w', '2', '--workerThreads']),
  jest('ES modules', 'modules', {}, modules),
  jest('ES modules, in jsdom', 'modules', { testEnvironment: jsdom }, modules),
  jest('ES modules, fake timers', 'modules', words('fakes', '(reactor|setup|clock)', '.mjs'), modules),
  jest('ES modules, `resetModules`', 'modules', words('reset', 'reset', '.mjs'), modules),
  jest('TypeScript by ts-jest', 'typescript', tsJest()),
  jest('ES modules by babel-jest', 'babel', babelJest()),
  ...['forks', 'threads', 'vmForks', 'vmThreads'].map((pool) => vitest(pool, 'modules', { pool })),
  vitest('fake timers', 'modules', vitestWords('fakes', '{reactor,setup,clock}')),
  vitest('`resetModules`', 'modules', vitestWords('reset', 'reset')),
  vitest('jsdom', 'modules', { environment: 'jsdom' }),
  vitest('happy-dom', 'modules', { environment: 'happy-dom' }),
  { ...vitest('jsdom, URLs of the page', 'page', { environment: 'jsdom' }), once: true },
  { ...vitest('happy-dom, URLs of the page', 'page', { environment: 'happy-dom' }), once: true },
  {
    ...vitest('TypeScript', 'sources', {}),
    fails: { 20: 'Node 20 runs no TypeScript: name a loader, as in the row below' },
  },
  vitest('TypeScript, threads with `--import tsx`', 'sources', {}, { LOADER: 'tsx' }),
  mocha('CommonJS', 'commonjs'),
  mocha('ES modules', 'modules'),
  mocha('CommonJS, fake timers of Sinon', 'commonjs', 'fakes'),
  mocha('ES modules, fake timers of Sinon', 'modules', 'fakes'),
  nodeTest('CommonJS', 'commonjs', ['reactor', 'setup']),
  nodeTest('ES modules', 'modules', ['reactor', 'setup']),
  nodeTest('CommonJS, `mock.timers`', 'commonjs', ['reactor', 'setup', 'clock'], 'fakes'),
  nodeTest('ES modules, `mock.timers`', 'modules', ['reactor', 'setup', 'clock'], 'fakes'),
  nodeTest('`mock.method`, `mock.module`', 'modules', ['mock']),
  {
    name: 'NestJS 11, its Jest',
    run: async (node) => {
      const cwd = join(project, 'nest11/app')
      await node(cwd, [jestProgram()])
      await node(cwd, [jestProgram(), '--config', './test/jest-e2e.json'])
    },
  },
  {
    name: 'NestJS 12, its Jest',
    fails: { 20: onlyFrom24, 22: onlyFrom24 },
    run: async (node) => {
      const cwd = join(project, 'nest12')
      await node(cwd, [...modules, jestProgram()])
      await node(cwd, [...modules, jestProgram(), '--config', './test/jest-e2e.json'])
    },
  },
  {
    name: 'NestJS 12, its Vitest',
    run: async (node) => {
      const cwd = join(project, 'nest12-modules')
      await node(cwd, [vitestProgram(), 'run'])
      await node(cwd, [vitestProgram(), 'run', '--config', './vitest.config.e2e.ts'])
    },
  },
  ...['esbuild', 'rolldown', 'rollup'].flatMap((bundler) =>
    ['esm', 'cjs'].flatMap((format) =>
      ['within', 'beside'].map((place) => ({ ...bundled(bundler, format, place), once: true })),
    ),
  ),
]

const options = ['--others', '--table']
const [others, table] = options.map((option) => process.argv.includes(option))
const asked = process.argv.slice(2).filter((part) => !options.includes(part))
const parts = asked.map((part) => part.toLowerCase())
const chosen = rows.filter(({ name }) => parts.every((part) => name.toLowerCase().includes(part)))
const tried = others ? otherMajors : table ? majors : [ownMajor]

/** @type {Map<Row, string[]>} */
const cells = new Map(chosen.filter(({ once }) => !once).map((row) => [row, []]))
const outcomes = [check('the tarball can be packed and installed', install)]
if (outcomes[0]) for (const major of tried) outcomes.push(...(await runUnder(major)))
rmSync(folder, { recursive: true })
if (table) printTable()

const passed = outcomes.filter(Boolean).length
addCount(others ? 'check:tools, other Nodes' : 'check:tools', passed, outcomes.length - passed)
process.exitCode = passed === outcomes.length ? 0 : 1

function install() {
  packAndInstall(folder, project)
  // An application of that version, beside those that find the one of the specs.
  if (!chosen.some(({ name }) => name.includes('NestJS 11'))) return
  npm(join(project, 'nest11'), ['install', '--legacy-peer-deps', '--no-package-lock', '--no-audit', '--no-fund'])
}

/** Two rows at a time, as most of each is waiting. */
async function runUnder(/** @type {string} */ major) {
  const binary = binaryOf(major)
  const isThere = check(`Node ${major} is there`, () => {
    if (binary === undefined) throw new Error("it can't be installed")
  })
  if (!isThere || binary === undefined) return [false]
  /** @type {Node} */
  const node = (cwd, args, env = {}) => begin(binary, cwd, args, { ...process.env, ...env })
  const left = chosen.filter(({ once }) => !once || major === ownMajor)
  const found = [true]
  const next = async () => {
    for (let row = left.shift(); row !== undefined; row = left.shift()) found.push(await isAsKnown(row, major, node))
  }
  await Promise.all([next(), next()])
  return found
}

/** @param {Row} row @param {string} major @param {Node} node */
async function isAsKnown(row, major, node) {
  const reason = row.fails?.[major]
  const start = performance.now()
  const failure = await row.run(node).then(
    () => undefined,
    (error) => error,
  )
  const seconds = ((performance.now() - start) / 1_000).toFixed(1)
  cells.get(row)?.push(failure === undefined ? 'yes' : 'no')
  return check(
    `${row.name}, Node ${major} (${seconds} s)${reason === undefined ? '' : `: fails, as ${reason}`}`,
    () => {
      if (failure !== undefined && reason === undefined) throw failure
      if (failure === undefined && reason !== undefined) throw new Error('it passes now')
    },
  )
}

function printTable() {
  console.log(`\n| | ${tried.map((major) => `Node ${major}`).join(' | ')} |`)
  console.log(`| --- |${tried.map(() => ' --- |').join('')}`)
  for (const [{ name }, found] of cells) console.log(`| ${name} | ${found.join(' | ')} |`)
  console.log()
  for (const { name, fails = {} } of cells.keys()) {
    for (const reason of new Set(Object.values(fails))) {
      const which = Object.keys(fails).filter((major) => fails[major] === reason)
      console.log(`- ${name}, Node ${which.join(' and ')}: ${reason}.`)
    }
  }
}

/** Rows run beside each other, and some in one folder. */
function fileFor(/** @type {string} */ tests, /** @type {string} */ name, /** @type {string} */ extension) {
  return join(project, tests, `${name.replace(/[^\w-]+/g, '-')}.config${extension}`)
}

function jestProgram() {
  return require.resolve('jest/bin/jest')
}

function vitestProgram() {
  return join(root, 'node_modules/vitest/vitest.mjs')
}

/**
 * @param {string} name
 * @param {string} tests
 * @param {object} [config]
 * @param {string[]} [execArgv]
 * @param {string[]} [args]
 * @returns {Row}
 */
function jest(name, tests, config = {}, execArgv = [], args = []) {
  const run = async (/** @type {Node} */ node) => {
    const file = fileFor(tests, name, '.json')
    writeFileSync(file, JSON.stringify({ transform: {}, testRegex: testsNamed('(reactor|setup)'), ...config }))
    await node(join(project, tests), [...execArgv, jestProgram(), '--config', file, '--no-cache', ...args])
  }
  return { name: `Jest, ${name}`, run }
}

function testsNamed(/** @type {string} */ names) {
  return `/${names}\\.test\\.[jt]s$`
}

/** The tests of that name, and what they need of this runner. */
function words(/** @type {string} */ word, /** @type {string} */ names, /** @type {string} */ extension) {
  return {
    testRegex: testsNamed(names),
    setupFilesAfterEnv: [join(project, `words/${word}.jest${extension}`)],
    moduleFileExtensions: ['js', 'mjs', 'cjs', 'json'],
  }
}

function vitestWords(/** @type {string} */ word, /** @type {string} */ names) {
  return { include: [`${names}.test.js`], setupFiles: [join(project, `words/${word}.vitest.mjs`)] }
}

function tsJest() {
  const tsconfig = {
    ...{ strict: true, target: 'es2022', module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
    ...{ esModuleInterop: true, skipLibCheck: true, types: ['node', 'jest'] },
  }
  return { transform: { '\\.ts$': ['ts-jest', { tsconfig }] } }
}

function babelJest() {
  const presets = [[require.resolve('@babel/preset-env'), { targets: { node: 'current' } }]]
  return { transform: { '\\.js$': ['babel-jest', { presets }] } }
}

/** @param {string} name @param {string} tests @param {string} [word] @returns {Row} */
function mocha(name, tests, word) {
  const names = word === undefined ? ['reactor', 'setup'] : ['reactor', 'setup', 'clock']
  const run = async (/** @type {Node} */ node) => {
    const program = join(root, 'node_modules/mocha/bin/mocha.js')
    const files = ['mocha', ...(word === undefined ? [] : [`${word}.mocha`])]
    const first = files.flatMap((file) => ['--file', join(project, `words/${file}.mjs`)])
    await node(join(project, tests), [program, '--timeout', '60000', ...first, ...names.map((one) => `${one}.test.js`)])
  }
  return { name: `mocha, ${name}`, run }
}

/** @param {string} name @param {string} tests @param {string[]} names @param {string} [word] @returns {Row} */
function nodeTest(name, tests, names, word) {
  const run = async (/** @type {Node} */ node) => {
    const files = ['node', ...(word === undefined ? [] : [`${word}.node`])]
    const first = files.flatMap((file) => ['--import', pathToFileURL(join(project, `words/${file}.mjs`)).href])
    const mocks = names.includes('mock') ? ['--experimental-test-module-mocks'] : []
    await node(join(project, tests), [...mocks, ...first, '--test', ...names.map((one) => `${one}.test.js`)])
  }
  return { name: `node --test, ${name}`, run }
}

/**
 * An application that has the package within its bundle, or beside it.
 *
 * @param {string} bundler @param {string} format @param {string} place
 * @returns {Row}
 */
function bundled(bundler, format, place) {
  const run = async (/** @type {Node} */ node) => {
    const cwd = join(project, 'bundled')
    const extension = format === 'cjs' ? 'cjs' : 'mjs'
    const files = ['main.js', 'worker.js']
    // Piscina has a file of its own that its threads run.
    const external = place === 'within' ? ['piscina'] : ['piscina', 'rx-crochet', 'rx-crochet/caller']
    const out = join('out', bundler, format, place)
    const names = `[name].${extension}`
    /** @type {Record<string, string[]>} */
    const commands = {
      // Its binary may be no script, and then Node can't run it.
      esbuild: [
        join(cwd, 'esbuild.js'),
        JSON.stringify({ entryPoints: files, format, outdir: out, external, extension }),
      ],
      rolldown: [
        ...['node_modules/rolldown/bin/cli.mjs', ...files, '--platform', 'node', '--format', format, '--dir', out],
        ...[
          '--entry-file-names',
          names,
          '--chunk-file-names',
          names,
          ...external.flatMap((one) => ['--external', one]),
        ],
      ],
      rollup: [
        ...['node_modules/rollup/dist/bin/rollup', ...files, '--format', format, '--dir', out, '--silent'],
        ...['--entryFileNames', names, '--chunkFileNames', names, '--plugin', '@rollup/plugin-node-resolve'],
        ...['--external', external.join()],
      ],
    }
    const [tool = '', ...args] = commands[bundler] ?? []
    await node(cwd, [resolve(root, tool), ...args])
    const [main = '', worker = ''] = files.map((file) => join(cwd, out, file.replace('js', extension)))
    const printed = await node(cwd, [main, worker])
    if (printed !== '42\n') throw new Error(`it printed \`${printed}\``)
  }
  return { name: `${bundler}, ${format}, ${place}`, run }
}

/** @param {string} name @param {string} tests @param {object} config @param {NodeJS.ProcessEnv} [env] @returns {Row} */
function vitest(name, tests, config, env) {
  const run = async (/** @type {Node} */ node) => {
    const file = fileFor(tests, name, '.mjs')
    const test = { globals: true, include: ['{reactor,setup,page}.test.?s'], ...config }
    writeFileSync(file, `export default ${JSON.stringify({ test })}`)
    await node(join(project, tests), [vitestProgram(), 'run', '--config', file], env)
  }
  return { name: `Vitest, ${name}`, run }
}
