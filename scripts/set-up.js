// @ts-check
// What every command runs first, so that each one works from a fresh clone: it installs what package-lock.json says and
// compiles lib, spec and samples to dist and bundles lib, and does none of that when that is done already.
//
// Uses Node's own modules only, because nothing else may be there yet, and says everything on stderr, because
// `npm start -- --json` owns stdout.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const sourceFolders = ['lib', 'spec', 'samples']
const otherInputs = ['tsconfig.json', 'package.json', 'package-lock.json', 'scripts/bundle.js']
const stampFile = 'dist/.stamp'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
if (!isInstalled()) install()
build()

/**
 * npm writes what it installed into node_modules when it has finished, in the format of the lock file. Comparing the
 * two, rather than a stamp of ours, makes a plain `npm ci` count as well, and half an installation not.
 */
function isInstalled() {
  const wanted = packagesOf('package-lock.json')
  const found = packagesOf('node_modules/.package-lock.json')
  if (!wanted || !found) return false
  const isThere = (/** @type {string} */ name) => name in found || wanted[name]?.optional
  const isSame = (/** @type {string} */ name) =>
    found[name]?.version === wanted[name]?.version && found[name]?.integrity === wanted[name]?.integrity
  return Object.keys(wanted).every(isThere) && Object.keys(found).every(isSame)
}

/** @returns {Record<string, { version: string, integrity: string, optional?: boolean }> | undefined} */
function packagesOf(/** @type {string} */ lockFile) {
  try {
    const { '': _root, ...packages } = JSON.parse(readFileSync(lockFile, 'utf8')).packages
    return packages
  } catch {
    return undefined // missing or broken: `npm ci` says what is wrong, if it can't put it right
  }
}

function install() {
  // Both options are against a caller's settings: NODE_ENV=production would leave the compiler out, and
  // `npm start --silent` the reason of a failure.
  const status = run('npm', ['ci', '--include=dev', '--loglevel=error'])
  if (status !== 0) fail(`the dependencies are not installed: \`npm ci\` ended with ${status}`)
}

function build() {
  const sources = sourceFolders.flatMap((folder) => filesIn(folder, /\.[cm]?tsx?$/))
  const outputs = sourceFolders.flatMap((folder) => filesIn(`dist/${folder}`, /\.[cm]?js$/))
  const expected = new Set(sources.filter((file) => !/\.d\.[cm]?ts$/.test(file)).map(outputOf))
  const stamp = hashOf([...sources, ...otherInputs])
  const isCurrent = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp

  // A deleted source's output would still run as a spec or a sample, and tsc doesn't write a deleted output again.
  const hasLeftover = outputs.some((file) => !expected.has(file))
  const hasGap = isCurrent && outputs.length < expected.size
  if (hasLeftover || hasGap) rmSync('dist', { recursive: true })
  else if (isCurrent) return

  // Without a stamp for a failed build, the next run compiles again, and so reports a type error again. The one from before goes
  // too: a failed build writes to dist, and the sources that it stands for may come back.
  rmSync(stampFile, { force: true })
  const status = run(process.execPath, ['node_modules/typescript/bin/tsc', '--project', '.'])
  if (status !== 0) fail(`lib, spec and samples don't compile: tsc ended with ${status}`)
  const bundled = run(process.execPath, ['scripts/bundle.js'])
  if (bundled !== 0) fail(`lib can't be bundled: scripts/bundle.js ended with ${bundled}`)
  writeFileSync(stampFile, stamp)
}

function outputOf(/** @type {string} */ source) {
  return `dist/${source.replace(/\.([cm]?)tsx?$/, '.$1js')}`
}

function filesIn(/** @type {string} */ folder, /** @type {RegExp} */ name) {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => name.test(file))
  return files.map((file) => `${folder}/${file.replaceAll('\\', '/')}`).sort()
}

/** Content and not times: a checkout or a copy changes every time and no content. */
function hashOf(/** @type {string[]} */ files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(file))
  return hash.digest('hex')
}

function run(/** @type {string} */ command, /** @type {string[]} */ args) {
  // npm is a batch file on Windows, which only a shell can run.
  const shell = command === 'npm' && process.platform === 'win32'
  const { status, signal, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2], shell })
  return error?.message ?? signal ?? status
}

/** @returns {never} */
function fail(/** @type {string} */ reason) {
  process.stderr.write(`set-up: ${reason}\n`)
  process.exit(1)
}
