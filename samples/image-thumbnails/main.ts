/**
 * A folder of pictures is shrunk by a pool, with a library in pure JavaScript: the files are an Observable, `offload` bounds how
 * many are under way, and each task tells how far it has come while it computes.
 *
 * Run: `npm run samples -- image-thumbnails`; or `node dist/samples/image-thumbnails/main.js FOLDER` for PNG files of your own, whose
 * thumbnails are left in `FOLDER/thumbnails`. Prints:
 *
 *     bands.png: 480x320 -> 64x43
 *     board.png: 400x400 -> 64x64
 *     dot.png: 24x24 -> 24x24
 *     dusk.png: 320x480 -> 43x64
 *     notes.png: not a PNG
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { offload, Reactor } from 'rx-crochet'
import { from, map } from 'rxjs'
import { drawPictures } from './pictures.js'
import { showProgress } from './progress.js'
import type { Job, Step } from './worker.js'

await using reactor = new Reactor({ signals: ['SIGINT'] })
const pool = reactor.createPool({ filename: new URL('./worker.js', import.meta.url).href, maxThreads: 2 })

const [given] = process.argv.slice(2)
const folder = given ?? (await mkdtemp(join(tmpdir(), 'rx-crochet-pictures-')))
if (given === undefined) await drawPictures(folder)
const thumbnails = join(folder, 'thumbnails')
await mkdir(thumbnails, { recursive: true })

const files = (await readdir(folder)).filter((file) => file.endsWith('.png')).sort()
const steps = from(files).pipe(
  map((file): Job => ({ from: join(folder, file), to: join(thumbnails, file) })),
  offload<Job, Step>(pool, { ordered: true }),
)
await steps.pipe(showProgress(files.length)).forEach((step) => {
  if (step.type === 'done') process.stdout.write(`${step.file}: ${step.what}\n`)
})
if (given === undefined) await rm(folder, { recursive: true })
