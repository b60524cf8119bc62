// @ts-check
// `npm run check:piscina`: Piscina's own tests, of the version that is installed, with `createPool` in place of `new Piscina`. A pool
// of ours is to be a Piscina in all that its tests say. They are compiled first: to have each of their threads load a compiler
// takes a minute more.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { addCount } from './counts.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const piscina = join(root, 'node_modules/piscina')
const folder = join(root, 'dist/piscina')
/** Which need what isn't installed, or try the package's entries and not a pool. */
const others = ['console-log.test.ts', 'load-with-esm.test.ts']

compile()
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [
    `--require=${join(root, 'scripts/piscina/by-create-pool.cjs')}`,
    '--test',
    '--test-reporter=tap',
    ...readdirSync(join(folder, 'test'))
      .filter((name) => name.endsWith('.test.js'))
      .map((name) => join(folder, 'test', name)),
  ],
  { encoding: 'utf8', maxBuffer: 2 ** 26 },
)
rmSync(folder, { recursive: true })
const count = (/** @type {string} */ what) => Number(stdout.match(new RegExp(`^# ${what} (\\d+)$`, 'm'))?.[1] ?? 0)
const failed = count('fail') + count('cancelled')
const hasRun = count('pass') > 0 && (status === 0 || failed > 0)
if (status !== 0) console.log(stdout, stderr)
console.log(`check:piscina: ${count('pass')} passed, ${failed} failed, ${count('skipped')} skipped`)
addCount('check:piscina', count('pass'), failed + Number(!hasRun))
process.exitCode = status === 0 && hasRun ? 0 : 1

/** Beside the package's own `dist`, as its tests expect it. Names stay where a test says them: of those that threads load. */
function compile() {
  rmSync(folder, { recursive: true, force: true })
  cpSync(join(piscina, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(piscina, 'dist'), join(folder, 'dist'), 'junction')
  const tests = join(piscina, 'test')
  for (const name of readdirSync(tests, { recursive: true, encoding: 'utf8' })) {
    if (!/\.[cm]?[jt]s$/.test(name) || name.startsWith('jest') || others.includes(name)) continue
    const target = join(folder, 'test', name.replace(/\.test\.ts$/, '.test.js'))
    mkdirSync(dirname(target), { recursive: true })
    if (name.endsWith('.ts')) writeFileSync(target, compiled(readFileSync(join(tests, name), 'utf8')))
    else cpSync(join(tests, name), target)
  }
}

function compiled(/** @type {string} */ source) {
  return transformSync(source, { loader: 'ts', format: 'cjs', platform: 'node', target: 'node20' }).code
}
