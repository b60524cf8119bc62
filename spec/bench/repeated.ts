/** How long each run of the step took, in µs, of as many as were begun in that many ms; of one at least. */
export function repeated(ms: number, step: () => void): Float64Array {
  const took: number[] = []
  const end = performance.now() + ms
  for (let start = performance.now(), now = start; took.length === 0 || now < end; start = now) {
    step()
    now = performance.now()
    took.push((now - start) * 1_000)
  }
  return Float64Array.from(took)
}
