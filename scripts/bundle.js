// @ts-check
// Puts the compiled modules of lib together, for they are small and many: each takes Node half a millisecond to load, and
// that in each thread. What is left is a file an entry, and those that they share; so there is still just one of everything.
//
// Everything loads CommonJS, so that is what runs, also where it is imported: the ES modules are faces, which require it. One
// implementation is one set of classes and one state a thread, however the two are mixed. Bundlers alone get the code as ES modules,
// as their output may be one, where nothing can be required.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join } from 'node:path'
import { rolldown } from 'rolldown'

const require = createRequire(import.meta.url)
const compiled = 'dist/lib'
const folder = 'dist/package'
const types = 'dist/types'
const entries = ['index', 'caller']
/** What threads are started with. */
const files = ['reactor/managed-thread', 'pool/whole-task']

rmSync(folder, { recursive: true, force: true })
rmSync(types, { recursive: true, force: true })
await bundle([...entries, ...files], folder, 'cjs')
await bundle(entries, join(folder, 'module'), 'esm')
writeFaces()
writeTypes()

/** @param {string[]} names @param {string} dir @param {'cjs' | 'esm'} format */
async function bundle(names, dir, format) {
  const bundle = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, `${compiled}/${name}.js`])),
    // What is neither beside the importing module nor a resolved path, which on Windows begins with the drive's letter.
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    platform: 'node',
    // Nothing is to be left out; and what a module does when it is loaded it shall do.
    treeshake: false,
  })
  const extension = format === 'cjs' ? 'cjs' : 'js'
  await bundle.write({
    dir,
    format,
    exports: 'named',
    strict: true,
    sourcemap: true,
    // Comments are in the declarations and in the sources, which the maps lead to; each thread would read them again.
    comments: false,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `chunks/[name].${extension}`,
    // What calling threads need, in one file.
    codeSplitting: format === 'cjs' ? { groups: [{ name: 'core', test: /\/lib\/(?:caller|protocol|errors)/ }] } : true,
  })
}

function writeFaces() {
  for (const entry of entries) {
    const names = Object.keys(require(`../${folder}/${entry}.cjs`))
    // Tools that trace what a file needs know `require` by that name.
    const face = `import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
export const {
${names.map((name) => `  ${name},`).join('\n')}
} = require('./${entry}.cjs')
`
    writeFileSync(join(folder, `${entry}.js`), face)
  }
}

/**
 * The declarations once more, as those of CommonJS; those of ES modules have these too, so that each type is there once. The files
 * are as deep in the package as those of `dist/lib`, so what maps have of the sources stays right.
 */
function writeTypes() {
  for (const file of readdirSync(compiled, { recursive: true, encoding: 'utf8' })) {
    const target = join(types, file.replace(/\.d\.ts(\.map)?$/, '.d.cts$1'))
    if (!/\.d\.cts(\.map)?$/.test(target)) continue
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, asCommonJS(readFileSync(join(compiled, file), 'utf8')))
  }
  for (const entry of entries) {
    for (const extension of ['ts', 'cts'])
      writeFileSync(join(folder, `${entry}.d.${extension}`), `export * from '../types/${entry}.cjs'\n`)
  }
}

function asCommonJS(/** @type {string} */ text) {
  return text.replace(/(from '|import\('|import ')(\.[^']*)\.js'/g, "$1$2.cjs'").replaceAll('.d.ts', '.d.cts')
}
