/**
 * A program of its own. Prints how many ms after the start of its process it had a first result, by `ours` or the peer
 * that its argument names.
 */
const { echo }: { echo: (value: unknown) => unknown } = await import(`./managed-${process.argv[2]}.js`)
const result = echo('first')
const took = performance.now()
if (result !== 'first') throw new Error(`the first result was ${result}`)
process.stdout.write(`${took}`)
