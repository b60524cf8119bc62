import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { promisedOutput } from '../spec/fixtures/promised-output.js'

const mainOf = (sample: string) => new URL(`${sample}/main.js`, import.meta.url)
const samples = readdirSync(new URL('./', import.meta.url)).filter((folder) => existsSync(mainOf(folder)))
// Some say that what they print differs each time; they have specs of their own.
const exact = samples.filter((sample) => promisedOutput(mainOf(sample)) !== '')

it('finds the samples, and each that is not run here has a spec of its own', () => {
  expect(exact).not.toHaveLength(0)
  const hasSpec = (sample: string) =>
    readdirSync(new URL(`${sample}/`, import.meta.url)).some((file) => file.endsWith('.spec.js'))
  expect(samples.filter((sample) => !exact.includes(sample) && !hasSpec(sample))).toEqual([])
})

it.each(exact)('%s prints what its header says', (sample) => {
  const main = mainOf(sample)
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(main)], {
    encoding: 'utf8',
    timeout: 25_000,
    killSignal: 'SIGKILL',
  })
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: promisedOutput(main), stderr: '' })
})
