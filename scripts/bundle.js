// @ts-check
// Puts the compiled modules of lib together, for they are small and many: each takes Node half a millisecond to load, and
// that in each thread. What is left is a file an entry, and those that they share; so there is still just one of everything.

import { rmSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { rolldown } from 'rolldown'

const entries = ['index', 'caller', 'reactor/managed-thread', 'pool/whole-task']
const folder = 'dist/package'

rmSync(folder, { recursive: true, force: true })
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, `dist/lib/${entry}.js`])),
  // What is neither beside the importing module nor a resolved path, which on Windows begins with the drive's letter.
  external: (id) => !id.startsWith('.') && !isAbsolute(id),
  platform: 'node',
  // Nothing is to be left out; and what a module does when it is loaded it shall do.
  treeshake: false,
})
// Comments are in the declarations and in the sources, which the maps lead to; each thread would read them again.
await bundle.write({ dir: folder, format: 'esm', sourcemap: true, comments: false, chunkFileNames: 'chunks/[name].js' })
