import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Figure } from './figures.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** In kB: the modules twice, as they are and as they are loaded, with their types, sources and documents. */
const MOST_PACKED = 1_000
const MOST_UNPACKED = 4_000

/** What the registry would keep, and what an installation adds to a disk, but for dependencies. */
export function packageSize(): Figure[] {
  const { size, unpackedSize } = pack()
  const row = { unit: 'kB', atMost: 1 }
  return [
    { ...row, what: 'package, packed', ours: size / 1_000, beside: { name: 'bound', value: MOST_PACKED } },
    { ...row, what: 'package, installed', ours: unpackedSize / 1_000, beside: { name: 'bound', value: MOST_UNPACKED } },
  ]
}

function pack(): { readonly size: number; readonly unpackedSize: number } {
  // What it would build is what runs this.
  const { stdout, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32', // there it is a batch file
  })
  const [packed] = stdout === '' ? [] : JSON.parse(stdout)
  if (packed === undefined) throw new Error(`\`npm pack\` has packed nothing: ${stderr}`)
  return packed
}
