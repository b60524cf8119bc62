import { runAsWorker } from 'synckit'

runAsWorker(async (value: number) => {
  throw new RangeError(`${value} is too much`)
})
