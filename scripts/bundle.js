// @ts-check
// Puts the compiled modules of lib together, for they are small and many: each takes Node half a millisecond to load, and
// that in each thread. What is left is a file an entry, and those that they share; so there is still just one of everything.

import { rmSync } from 'node:fs'
import { rolldown } from 'rolldown'

const entries = ['index', 'caller', 'reactor/managed-thread', 'pool/whole-task']
const folder = 'dist/package'

rmSync(folder, { recursive: true, force: true })
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, `dist/lib/${entry}.js`])),
  external: /^[^./]/,
  platform: 'node',
  // As the option below needs it; the entries export what they did.
  preserveEntrySignatures: 'allow-extension',
  // Nothing is to be left out; and what a module does when it is loaded it shall do.
  treeshake: false,
})
await bundle.write({
  dir: folder,
  format: 'esm',
  sourcemap: true,
  chunkFileNames: 'chunks/[name].js',
  // It names a file beside the folder in which it stands, so it must not become part of an entry.
  codeSplitting: {
    groups: [{ name: 'reactor-pool', test: /\/reactor-pool\.js$/ }],
    includeDependenciesRecursively: false,
  },
})
