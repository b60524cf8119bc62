/** A program of its own, so that it takes nothing of the server's loop. Prints how many requests a second were answered. */
import { Agent, get } from 'node:http'

const CONNECTIONS = 8
/** In ms. */
const WARM_UP = 300

const [port, measured] = process.argv.slice(2).map(Number)
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
const begin = performance.now() + WARM_UP
const end = begin + Number(measured)
let answered = 0
await Promise.all(Array.from({ length: CONNECTIONS }, requests))
agent.destroy()
process.stdout.write(`${answered / ((end - begin) / 1_000)}`)

async function requests(): Promise<void> {
  for (let now = performance.now(); now < end; ) {
    await request()
    now = performance.now()
    if (now >= begin && now < end) answered += 1
  }
}

function request(): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ agent, host: '127.0.0.1', port }, (response) => response.resume().on('end', resolve)).on('error', reject)
  })
}
