// @ts-check
// `npm run check:tools`: installs the packed package in a project, and has the tools run that people use it with: test runners, in
// each way in which they load modules, and bundlers. A row is a tool in a process of its own; `npm run check:tools -- jest` runs
// those that have that in their name.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { check, node, packAndInstall, root } from './commands.js'
import { addCount } from './counts.js'

const require = createRequire(import.meta.url)
// Below the root, so that the project finds the tools in its node_modules; but the package, RxJS and Piscina in its own.
mkdirSync(join(root, '.cache'), { recursive: true })
const folder = mkdtempSync(join(root, '.cache/tools-'))
const project = join(folder, 'project')
cpSync(join(root, 'scripts/tools'), project, { recursive: true })

/** @type {[name: string, run: () => void][]} */
const rows = [
  ['Jest, CommonJS', () => jest('commonjs')],
  ['Jest, CommonJS, in jsdom', () => jest('commonjs', { testEnvironment: 'jest-environment-jsdom' })],
  ['Jest, ES modules', () => jest('modules', {}, ['--experimental-vm-modules'])],
  ['Jest, TypeScript by ts-jest', () => jest('typescript', tsJest())],
  ...['forks', 'threads', 'vmForks', 'vmThreads'].map(
    (pool) => /** @type {[string, () => void]} */ ([`Vitest, ${pool}`, () => vitest('modules', { pool })]),
  ),
  ['Vitest, jsdom', () => vitest('modules', { environment: 'jsdom' })],
  ['Vitest, happy-dom', () => vitest('modules', { environment: 'happy-dom' })],
  ['Vitest, jsdom, URLs of the page', () => vitest('page', { environment: 'jsdom' })],
  ['Vitest, happy-dom, URLs of the page', () => vitest('page', { environment: 'happy-dom' })],
  ...['esbuild', 'rolldown', 'rollup'].flatMap((bundler) =>
    ['esm', 'cjs'].flatMap((format) =>
      ['within', 'beside'].map((place) => bundled(`${bundler}, ${format}, ${place}`, bundler, format, place)),
    ),
  ),
]

const asked = process.argv.slice(2).map((part) => part.toLowerCase())
const chosen = rows.filter(([name]) => asked.every((part) => name.toLowerCase().includes(part)))
const isInstalled = check('the tarball can be packed and installed', () => packAndInstall(folder, project))
const outcomes = [isInstalled, ...(isInstalled ? chosen.map(([name, run]) => check(name, run)) : [])]
rmSync(folder, { recursive: true })

const passed = outcomes.filter(Boolean).length
addCount('check:tools', passed, outcomes.length - passed)
process.exitCode = passed === outcomes.length ? 0 : 1

/** @param {string} tests @param {object} [config] @param {string[]} [execArgv] */
function jest(tests, config = {}, execArgv = []) {
  const file = join(project, tests, 'jest.config.json')
  writeFileSync(file, JSON.stringify({ transform: {}, ...config }))
  node(join(project, tests), [...execArgv, require.resolve('jest/bin/jest'), '--config', file, '--no-cache'])
}

function tsJest() {
  const tsconfig = {
    ...{ strict: true, target: 'es2022', module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
    ...{ esModuleInterop: true, skipLibCheck: true, types: ['node', 'jest'] },
  }
  return { transform: { '\\.ts$': ['ts-jest', { tsconfig }] } }
}

/**
 * An application that has the package within its bundle, or beside it.
 *
 * @param {string} name @param {string} bundler @param {string} format @param {string} place
 * @returns {[string, () => void]}
 */
function bundled(name, bundler, format, place) {
  const run = () => {
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
    node(cwd, [resolve(root, tool), ...args])
    const [main = '', worker = ''] = files.map((file) => join(cwd, out, file.replace('js', extension)))
    const printed = node(cwd, [main, worker])
    if (printed !== '42\n') throw new Error(`it printed \`${printed}\``)
  }
  return [name, run]
}

/** @param {string} tests @param {object} config */
function vitest(tests, config) {
  const file = join(project, tests, 'vitest.config.mjs')
  writeFileSync(file, `export default ${JSON.stringify({ test: { globals: true, ...config } })}`)
  node(join(project, tests), [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', file])
}
