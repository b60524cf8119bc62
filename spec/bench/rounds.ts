/** How much is measured: with `--quick` just enough to see whether the benchmark works. */
const quick = process.argv.includes('--quick')

export const ROUNDS = quick ? 4 : 20
/** Blocking calls a round. */
export const CALLS = quick ? 2_000 : 5_000
/** Each takes threads of its own, which have to start first; so there are fewer. */
export const SHUTDOWNS = quick ? 3 : 10
