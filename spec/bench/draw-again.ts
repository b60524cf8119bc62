/** `npm run bench:draw`: draws the README's pictures from the figures of the last run, which must have been a whole one. */
import { draw } from './draw.js'
import { readLast } from './report.js'

const report = readLast()
if (report.quick) throw new Error('the last run was a quick one, too short for a picture: run `npm run bench`')
for (const picture of draw(report)) process.stdout.write(`${picture}\n`)
