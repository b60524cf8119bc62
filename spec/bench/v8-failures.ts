/** How long V8 takes to make, throw and catch an Error and to print its stack, that many times; each in µs. */
export function failuresByV8(times: number): Float64Array {
  const took = new Float64Array(times)
  for (let i = 0; i < times; i++) {
    const start = performance.now()
    try {
      throw new RangeError(`${i} is too much`)
    } catch (error) {
      // Reading it is what prints it.
      if (!(error instanceof RangeError && error.stack)) throw error
    }
    took[i] = (performance.now() - start) * 1_000
  }
  return took
}
