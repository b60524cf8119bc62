// @ts-check
// `npm run matrix`: the specs under every major version of Node that is supported; `npm run matrix -- 22` under that alone, and
// `npm run matrix:others` under all but the one that runs this. Their binaries are packages of npm, which are installed when
// they are first needed. One that can't be is a failure.
// Two of them run over one lane alone each, as `npm run specs:lanes` does, so that it shows if one stands in for the other.

import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addCount } from './counts.js'
import { specs } from './specs.js'

/** @type {Record<string, string>} */
const lanes = { 20: '', 22: 'general', 24: 'fast', 26: '' }
const asked = process.argv.slice(2)
const [ours] = process.versions.node.split('.')
const others = Object.keys(lanes).filter((major) => major !== ours)
const majors = asked.length === 0 ? Object.keys(lanes) : asked.includes('others') ? others : asked
const cache = fileURLToPath(new URL('../.cache', import.meta.url))
const system = process.platform === 'win32' ? 'win' : process.platform
const packageName = `node-${system}-${process.arch}`

const passed = majors.map(passes)
process.exitCode = passed.every(Boolean) ? 0 : 1

function passes(/** @type {string} */ major) {
  const lane = lanes[major] ?? ''
  const check = `specs, Node ${major}${lane && `, ${lane} lane`}`
  const folder = join(cache, `node-${major}`)
  const bin = join(folder, 'node_modules', packageName, 'bin')
  if (!hasNode(bin, major)) install(major, folder)
  const version = hasNode(bin, major)
  if (!version) {
    console.log(`FAILED  ${check}: ${packageName}@${major} can't be installed`)
    addCount(check, 0, 1)
    return false
  }
  const start = performance.now()
  const PATH = `${bin}${delimiter}${process.env.PATH}`
  const passed = specs('specs', [], { check, env: { ...process.env, PATH, RX_CROCHET_LANE: lane } })
  const seconds = ((performance.now() - start) / 1_000).toFixed()
  console.log(`${passed ? 'ok     ' : 'FAILED '} ${check}: ${version} (${seconds} s)`)
  return passed
}

/** The version of the Node that is there, if it is one of these. */
function hasNode(/** @type {string} */ bin, /** @type {string} */ major) {
  const { stdout } = spawnSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' })
  return stdout?.startsWith(`v${major}.`) ? stdout.trim() : undefined
}

function install(/** @type {string} */ major, /** @type {string} */ folder) {
  const options = ['--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error']
  // npm is a batch file on Windows, which only a shell can run.
  const shell = process.platform === 'win32'
  spawnSync('npm', ['install', ...options, `${packageName}@${major}`], { stdio: ['ignore', 2, 2], shell })
}
