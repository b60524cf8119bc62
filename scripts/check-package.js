// @ts-check
// `npm run check:package`: packs the package and uses the tarball as a stranger would, in a project of its own. It shows
// what no spec can, as specs run inside the repository: a file or a dependency left out, or an entry that leads nowhere.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addCount } from './counts.js'

const bound = 120_000
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'rx-crochet-package-'))
const project = join(folder, 'project')
const installed = join(project, 'node_modules/rx-crochet')

const outcomes = [check('the tarball can be packed and installed', packAndInstall)]
if (outcomes[0]) {
  outcomes.push(
    check('the tarball holds the package and nothing else', holdsThePackage),
    check('a program and its worker run', runs),
    check('rx-crochet/caller loads without any dependency', callerLoadsAlone),
    check('the types of both entries are found', typesAreFound),
  )
}
rmSync(folder, { recursive: true })

const passed = outcomes.filter(Boolean).length
addCount('check:package', passed, outcomes.length - passed)
process.exitCode = passed === outcomes.length ? 0 : 1

function packAndInstall() {
  npm(root, ['pack', '--pack-destination', folder])
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'))

  cpSync(join(root, 'scripts/consumer'), project, { recursive: true })
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const others = ['rxjs', 'piscina', '@types/node'].map((name) => `${name}@${packages[`node_modules/${name}`].version}`)
  npm(project, ['install', '--no-audit', '--no-fund', ...tarballs.map((name) => join(folder, name)), ...others])
}

function holdsThePackage() {
  const expected = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'lib', 'package.json']
  expectSame(readdirSync(installed).sort(), expected)
  expectSame(readdirSync(join(installed, 'dist')).sort(), ['lib', 'package'])
}

function runs() {
  expectSame(node(project, ['main.js']), '42\n')
}

function callerLoadsAlone() {
  const bare = join(folder, 'bare/node_modules/rx-crochet')
  mkdirSync(bare, { recursive: true })
  cpSync(installed, bare, { recursive: true })
  const program = "const { blocking } = await import('rx-crochet/caller'); console.log(typeof blocking)"
  expectSame(node(join(folder, 'bare'), ['--input-type=module', '--eval', program]), 'function\n')
}

function typesAreFound() {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  node(project, [compiler, '--noEmit', '--strict', '--module', 'nodenext', '--types', 'node', 'types.ts'])
}

function check(/** @type {string} */ name, /** @type {() => void} */ isTrue) {
  try {
    isTrue()
    console.log(`ok      ${name}`)
    return true
  } catch (error) {
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message : error}`)
    return false
  }
}

function expectSame(/** @type {unknown} */ actual, /** @type {unknown} */ expected) {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (found !== wanted) throw new Error(`found \`${found}\` where \`${wanted}\` was expected`)
}

function npm(/** @type {string} */ cwd, /** @type {string[]} */ args) {
  return run('npm', cwd, ['--loglevel=error', ...args])
}

function node(/** @type {string} */ cwd, /** @type {string[]} */ args) {
  return run(process.execPath, cwd, args)
}

function run(/** @type {string} */ command, /** @type {string} */ cwd, /** @type {string[]} */ args) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: bound,
    killSignal: 'SIGKILL',
  })
  if (status === 0) return stdout
  const end = error?.message ?? signal ?? `status ${status}`
  throw new Error(`\`${command} ${args.join(' ')}\` ended with ${end}\n${stdout}${stderr}`)
}
