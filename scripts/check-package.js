// @ts-check
// `npm run check:package`: packs the package and uses the tarball as a stranger would, in a project of its own. It shows
// what no spec can, as specs run inside the repository: a file or a dependency left out, or an entry that leads nowhere.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check, node, packAndInstall, root, run, tarballIn } from './commands.js'
import { addCount } from './counts.js'

const folder = mkdtempSync(join(tmpdir(), 'rx-crochet-package-'))
const project = join(folder, 'project')
const installed = join(project, 'node_modules/rx-crochet')
/** As in a Node that can't `require` ES modules, and in what has a `require` of its own. */
const withoutRequiringModules = ['--no-experimental-require-module']
const documents = ['CHANGELOG.md', 'CODE_OF_CONDUCT.md', 'CONTRIBUTING.md', 'README.md', 'SECURITY.md']

const outcomes = [check('the tarball can be packed and installed', installInProject)]
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
    check('CommonJS modules can require it', () => prints('required.cjs', '42', withoutRequiringModules)),
    check('a synchronous program in CommonJS runs', () => prints('command.cjs', '42', withoutRequiringModules)),
    check('what is imported and what is required are one', () => prints('mixed.js', '42 is one')),
    check('rx-crochet/caller loads without any dependency', callerLoadsAlone),
    check('the types are found with nodenext', () => typesAreFound('nodenext', 'nodenext')),
    check('the types are found with nodenext, in CommonJS', () => typesAreFound('nodenext', 'nodenext', 'types.cts')),
    check('the types are found with bundler', () => typesAreFound('esnext', 'bundler')),
    check('the types are found with node10', () => typesAreFound('commonjs', 'node10')),
    check('a bundled application runs that leaves it out', runsBesideBundle),
    check('a bundled application that holds it runs, but for setup(), which says why', runsInBundle),
  )
}
rmSync(folder, { recursive: true })

const passed = outcomes.filter(Boolean).length
addCount('check:package', passed, outcomes.length - passed)
process.exitCode = passed === outcomes.length ? 0 : 1

function installInProject() {
  cpSync(join(root, 'scripts/consumer'), project, { recursive: true })
  packAndInstall(folder, project)
}

function holdsThePackage() {
  const folders = ['dist', 'docs', 'lib', 'samples']
  expectSame(readdirSync(installed).sort(), [...documents, 'LICENSE', 'package.json', ...folders].sort())
  expectSame(readdirSync(join(installed, 'dist')).sort(), ['lib', 'package', 'types'])
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
  node(root, ['node_modules/publint/src/cli.js', '--strict', tarballIn(folder)])
}

function hasRightTypes() {
  node(root, ['node_modules/@arethetypeswrong/cli/dist/index.js', tarballIn(folder)])
}

function prints(/** @type {string} */ program, /** @type {string} */ line, /** @type {string[]} */ options = []) {
  expectSame(node(project, [...options, program]), `${line}\n`)
}

function callerLoadsAlone() {
  const bare = join(folder, 'bare/node_modules/rx-crochet')
  mkdirSync(bare, { recursive: true })
  cpSync(installed, bare, { recursive: true })
  const program = "const { blocking } = await import('rx-crochet/caller'); console.log(typeof blocking)"
  expectSame(node(join(folder, 'bare'), ['--input-type=module', '--eval', program]), 'function\n')
}

function typesAreFound(/** @type {string} */ module, /** @type {string} */ resolution, file = 'types.ts') {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const options = ['--strict', '--target', 'es2022', '--module', module, '--moduleResolution', resolution]
  // Of the declarations of Node some are not for node10.
  const others = resolution === 'node10' ? ['--ignoreDeprecations', '6.0', '--skipLibCheck'] : []
  node(project, [compiler, '--noEmit', ...options, ...others, '--types', 'node', file])
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

function expectSame(/** @type {unknown} */ actual, /** @type {unknown} */ expected) {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (found !== wanted) throw new Error(`found \`${found}\` where \`${wanted}\` was expected`)
}
