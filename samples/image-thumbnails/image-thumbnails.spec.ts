import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PNG } from 'pngjs'
import { expect, it, onTestFinished } from 'vitest'
import { promisedOutput } from '../../spec/fixtures/promised-output.js'
import { drawPictures } from './pictures.js'

const main = new URL('./main.js', import.meta.url)

it('prints what its header says', () => {
  expect(run()).toEqual({ status: 0, stdout: promisedOutput(main), stderr: '' })
})

it('leaves thumbnails of a folder, whose colours are those of the pictures', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rx-crochet-spec-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  await drawPictures(folder)
  expect(run(folder)).toEqual({ status: 0, stdout: promisedOutput(main), stderr: '' })
  const thumbnails = join(folder, 'thumbnails')
  expect(readdirSync(thumbnails).sort()).toEqual(['bands.png', 'board.png', 'dot.png', 'dusk.png'])
  const { width, height, data } = PNG.sync.read(readFileSync(join(thumbnails, 'dusk.png')))
  expect([width, height]).toEqual([43, 64])
  // The last row of the picture is as blue as the first is red.
  expect([...data.subarray(0, 4)]).toEqual([253, 119, 61, 255])
  expect(data.at(-2)).toBeGreaterThan(data[2] ?? 0)
})

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(main), ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}
