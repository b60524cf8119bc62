import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PNG } from 'pngjs'

type Colour = readonly [red: number, green: number, blue: number]

interface Picture {
  readonly width: number
  readonly height: number
  colour(x: number, y: number): Colour
}

const PICTURES: Readonly<Record<string, Picture>> = {
  'bands.png': { width: 480, height: 320, colour: (x) => (x % 96 < 48 ? [200, 40, 40] : [250, 240, 230]) },
  'board.png': { width: 400, height: 400, colour: (x, y) => ((x ^ y) & 32 ? [20, 20, 20] : [240, 240, 240]) },
  'dusk.png': { width: 320, height: 480, colour: (_, y) => [255 - y / 2, 120 - y / 5, 60 + y / 4] },
  'dot.png': {
    width: 24,
    height: 24,
    colour: (x, y) => (Math.hypot(x - 12, y - 12) < 9 ? [30, 90, 200] : [255, 255, 255]),
  },
}

/** Draws some pictures into a folder, and beside them a file that only looks like one. */
export async function drawPictures(folder: string): Promise<void> {
  for (const [name, picture] of Object.entries(PICTURES)) await writeFile(join(folder, name), draw(picture))
  await writeFile(join(folder, 'notes.png'), 'no picture')
}

function draw({ width, height, colour }: Picture): Buffer {
  const png = new PNG({ width, height })
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) png.data.set([...colour(x, y), 255], (y * width + x) * 4)
  }
  return PNG.sync.write(png)
}
