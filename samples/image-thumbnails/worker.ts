import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { PNG } from 'pngjs'
import { emitting } from 'rx-crochet/caller'
import { fitInto, shrink } from './thumbnail.js'

/** The longer side of a thumbnail, in pixels. */
const SIDE = 64

export interface Job {
  readonly from: string
  readonly to: string
}

export type Step =
  | { readonly type: 'row'; readonly share: number }
  | { readonly type: 'done'; readonly file: string; readonly what: string }

export default emitting(function* ({ from, to }: Job): Generator<Step> {
  const file = basename(from)
  const picture = read(from)
  if (picture === undefined) return yield { type: 'done', file, what: 'not a PNG' }
  const size = fitInto(picture, SIDE)
  const small = new PNG(size)
  for (const rows of shrink(picture, small)) yield { type: 'row', share: rows / size.height }
  writeFileSync(to, PNG.sync.write(small))
  yield { type: 'done', file, what: `${picture.width}x${picture.height} -> ${size.width}x${size.height}` }
})

function read(file: string): PNG | undefined {
  try {
    return PNG.sync.read(readFileSync(file))
  } catch {
    return undefined
  }
}
