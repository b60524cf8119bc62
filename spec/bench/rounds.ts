/** How much is measured: with `--quick` just enough to see whether the benchmark works. */
export const quick = process.argv.includes('--quick')

export const ROUNDS = quick ? 4 : 20
/** In ms; how long each peer makes blocking calls a round. */
export const STRETCH = quick ? 100 : 250
/** Failing calls a round. */
export const CALLS = quick ? 2_000 : 5_000
/** Each takes threads of its own, which have to start first; so there are fewer. */
export const SHUTDOWNS = quick ? 2 : 10
/** Whole processes of a kind, to their first result. */
export const PROCESSES = quick ? 3 : 15
/** Whole processes that make many calls, as what the kernel does about waking a thread may stay as it is for all a process's life. */
export const CALLING_PROCESSES = quick ? 2 : 7
/** In each of those. */
export const TURNS = quick ? 3 : 9
/** How often several threads call at once; each time they have to start, and to warm up. */
export const LOADS = quick ? 1 : 7
/** Threads that are started to make one call. */
export const FIRST_CALLS = quick ? 10 : 30
