import type { PNG } from 'pngjs'

const CHANNELS = 4

export interface Size {
  readonly width: number
  readonly height: number
}

/** The largest size of the same shape that fits into a square. */
export function fitInto({ width, height }: Size, side: number): Size {
  const scale = Math.min(1, side / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** Fills the small picture: each of its pixels is the mean of those that it stands for. Yields how many rows are done. */
export function* shrink(picture: PNG, small: PNG): Generator<number> {
  for (let y = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++) small.data.set(mean(picture, small, x, y), (y * small.width + x) * CHANNELS)
    yield y + 1
  }
}

function mean({ width, height, data }: PNG, small: Size, x: number, y: number): number[] {
  const [left, right] = [Math.floor((x * width) / small.width), Math.ceil(((x + 1) * width) / small.width)]
  const [top, bottom] = [Math.floor((y * height) / small.height), Math.ceil(((y + 1) * height) / small.height)]
  const sums = new Array<number>(CHANNELS).fill(0)
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = (row * width + column) * CHANNELS
      for (let channel = 0; channel < CHANNELS; channel++)
        sums[channel] = (sums[channel] ?? 0) + (data[at + channel] ?? 0)
    }
  }
  const pixels = (right - left) * (bottom - top)
  return sums.map((sum) => Math.round(sum / pixels))
}
