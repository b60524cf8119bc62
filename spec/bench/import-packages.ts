/** A program of its own: imports the packages that its arguments name, and says how long that took, in ms. */
const begin = performance.now()
for (const name of process.argv.slice(2)) await import(name)
process.stdout.write(`${performance.now() - begin}`)
