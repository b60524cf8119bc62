// @ts-check
// The versions of Node that are supported, and their binaries. These are packages of npm, which are installed when they are first
// needed.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const majors = ['20', '22', '24', '26']
export const ownMajor = process.versions.node.split('.')[0] ?? ''
export const otherMajors = majors.filter((major) => major !== ownMajor)

const cache = fileURLToPath(new URL('../.cache', import.meta.url))
const system = process.platform === 'win32' ? 'win' : process.platform
export const packageName = `node-${system}-${process.arch}`

/** The folder that has that Node, or `undefined` if it can't be installed. */
export function folderOf(/** @type {string} */ major) {
  const folder = join(cache, `node-${major}`)
  const bin = join(folder, 'node_modules', packageName, 'bin')
  if (!versionIn(bin, major)) install(major, folder)
  return versionIn(bin, major) && bin
}

/** The program of that Node: the one that runs this, if it is of that version. */
export function binaryOf(/** @type {string} */ major) {
  if (major === ownMajor) return process.execPath
  const bin = folderOf(major)
  return bin && join(bin, 'node')
}

/** The version of the Node that is there, if it is one of these. */
export function versionIn(/** @type {string} */ bin, /** @type {string} */ major) {
  const { stdout } = spawnSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' })
  return stdout?.startsWith(`v${major}.`) ? stdout.trim() : undefined
}

function install(/** @type {string} */ major, /** @type {string} */ folder) {
  const options = ['--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error']
  // npm is a batch file on Windows, which only a shell can run.
  const shell = process.platform === 'win32'
  spawnSync('npm', ['install', ...options, `${packageName}@${major}`], { stdio: ['ignore', 2, 2], shell })
}
