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
const documents = ['CHANGELOG.md', 'CODE_OF_CONDUCT.md', 'CONTRIBUTING.md', 'README.md', 'SECURITY.md']

const outcomes = [check('the tarball can be packed and installed', packAndInstall)]
if (outcomes[0]) {
  outcomes.push(
    check('the tarball holds the package and nothing else', holdsThePackage),
    check('no link in its documents leads nowhere', hasNoBrokenLinks),
    check('the first steps of the README, as they are, print what it says', hasRightFirstSteps),
    check('publishing fills the fields that lead to the repository', fillsFields),
    check('publint finds nothing to say', isWellFormed),
    check('Are The Types Wrong finds nothing wrong', hasRightTypes),
    check('a program and its worker run', () => prints('main.js', '42')),
    check('a synchronous program runs', () => prints('command.js', '42')),
    check('CommonJS modules can require it', () => prints('required.cjs', '42')),
    check('a synchronous program in CommonJS runs', () => prints('command.cjs', '42')),
    check('rx-crochet/caller loads without any dependency', callerLoadsAlone),
    check('the types are found with nodenext', () => typesAreFound('nodenext', 'nodenext')),
    check('the types are found with bundler', () => typesAreFound('esnext', 'bundler')),
    check('a bundled application runs that leaves it out', runsBesideBundle),
    check('a bundled application that holds it runs, but for setup(), which says why', runsInBundle),
  )
}
rmSync(folder, { recursive: true })

const passed = outcomes.filter(Boolean).length
addCount('check:package', passed, outcomes.length - passed)
process.exitCode = passed === outcomes.length ? 0 : 1

function packAndInstall() {
  npm(root, ['pack', '--pack-destination', folder])

  cpSync(join(root, 'scripts/consumer'), project, { recursive: true })
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const others = ['rxjs', 'piscina', '@types/node'].map((name) => `${name}@${packages[`node_modules/${name}`].version}`)
  npm(project, ['install', '--no-audit', '--no-fund', tarball(), ...others])
}

function tarball() {
  const [name = ''] = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  return join(folder, name)
}

function holdsThePackage() {
  const folders = ['dist', 'docs', 'lib', 'samples']
  expectSame(readdirSync(installed).sort(), [...documents, 'LICENSE', 'package.json', ...folders].sort())
  expectSame(readdirSync(join(installed, 'dist')).sort(), ['lib', 'package'])
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  const isNoted = readFileSync(join(installed, 'CHANGELOG.md'), 'utf8').includes(`\n## ${version} - `)
  if (!isNoted) throw new Error(`CHANGELOG.md says nothing of ${version}`)
}

function hasNoBrokenLinks() {
  const checked = [...documents, 'docs', 'samples/README.md'].map((name) => join(installed, name))
  node(root, ['dist/samples/link-checker/main.js', '--offline', ...checked])
}

/** In a folder of its own, with the commands of the README: what these install, the project of this check has already. */
function hasRightFirstSteps() {
  const [, steps = ''] = readFileSync(join(installed, 'README.md'), 'utf8').match(/^## First steps\n(.*?)^## /ms) ?? []
  const [, output] = steps.match(/^That prints `(.+?)`/m) ?? []
  const files = [...steps.matchAll(/^`(\w+\.ts)`: .*?^```ts\n(.*?)^```$/gms)]
  const [, compile = '', run = ''] = steps.match(/^npx (tsc .+)\nnode (.+)$/m) ?? []
  const place = join(project, 'first-steps')
  mkdirSync(place)
  writeFileSync(join(place, 'package.json'), JSON.stringify({ type: 'module' }))
  for (const [, name = '', code = ''] of files) writeFileSync(join(place, name), code)
  node(place, [join(root, 'node_modules/typescript/bin/tsc'), ...compile.split(' ').slice(1)])
  expectSame(node(place, [run]), `${output}\n`)
}

/** In a repository of its own, whose remotes are made up. */
function fillsFields() {
  const clone = join(folder, 'clone')
  mkdirSync(clone)
  writeFileSync(join(clone, 'package.json'), JSON.stringify({ name: 'rx-crochet' }))
  run('git', clone, ['init', '--quiet'])
  run('git', clone, ['remote', 'add', 'origin', 'unknown'])
  const remotes = [
    'git@host.example:owner/name.git',
    'ssh://git@host.example:22/owner/name',
    'https://user:secret@host.example/owner/name.git',
  ]
  for (const remote of remotes) {
    run('git', clone, ['remote', 'set-url', 'origin', remote])
    node(clone, [join(root, 'scripts/publish-fields.js')])
    expectSame(JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')), {
      name: 'rx-crochet',
      repository: { type: 'git', url: 'git+https://host.example/owner/name.git' },
      homepage: 'https://host.example/owner/name#readme',
      bugs: 'https://host.example/owner/name/issues',
    })
  }
  run('git', clone, ['remote', 'set-url', 'origin', folder])
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/publish-fields.js')], { cwd: clone })
  expectSame([status, String(stderr).includes('publish from a clone of its public address')], [1, true])
}

function isWellFormed() {
  node(root, ['node_modules/publint/src/cli.js', '--strict', tarball()])
}

function hasRightTypes() {
  // That `require` gets an ES module is no mistake: Node has had that since 20.19.
  node(root, ['node_modules/@arethetypeswrong/cli/dist/index.js', '--profile', 'esm-only', tarball()])
}

function prints(/** @type {string} */ program, /** @type {string} */ line) {
  expectSame(node(project, [program]), `${line}\n`)
}

function callerLoadsAlone() {
  const bare = join(folder, 'bare/node_modules/rx-crochet')
  mkdirSync(bare, { recursive: true })
  cpSync(installed, bare, { recursive: true })
  const program = "const { blocking } = await import('rx-crochet/caller'); console.log(typeof blocking)"
  expectSame(node(join(folder, 'bare'), ['--input-type=module', '--eval', program]), 'function\n')
}

function typesAreFound(/** @type {string} */ module, /** @type {string} */ resolution) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const options = ['--strict', '--target', 'es2022', '--module', module, '--moduleResolution', resolution]
  node(project, [compiler, '--noEmit', ...options, '--types', 'node', 'types.ts'])
}

function runsBesideBundle() {
  bundle('beside', ['rx-crochet'])
  prints('beside/main.js', '42')
  prints('beside/command.js', '42')
}

function runsInBundle() {
  // Piscina, too, has a file of its own that its threads run.
  bundle('within', ['piscina'])
  prints('within/main.js', '42')
  prints(
    'within/command.js',
    'NotSetUpError: setup() does not find the file that the thread of its reactor runs; if the application is bundled, leave rx-crochet out of the bundle',
  )
}

function bundle(/** @type {string} */ outdir, /** @type {string[]} */ external) {
  const entryPoints = ['main.js', 'worker.js', 'command.js', 'math.js']
  const options = { entryPoints, outdir, external, bundle: true, platform: 'node', format: 'esm', logLevel: 'warning' }
  const program = `import { buildSync } from 'esbuild'; buildSync(${JSON.stringify({ ...options, absWorkingDir: project })})`
  node(root, ['--input-type=module', '--eval', program])
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
    shell: command === 'npm' && process.platform === 'win32', // there it is a batch file
    killSignal: 'SIGKILL',
  })
  if (status === 0) return stdout
  const end = error?.message ?? signal ?? `status ${status}`
  throw new Error(`\`${command} ${args.join(' ')}\` ended with ${end}\n${stdout}${stderr}`)
}
