import { runAsWorker } from 'synckit'

runAsWorker(async (value: number) => value + 1)
