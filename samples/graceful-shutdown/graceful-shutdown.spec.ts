import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { filter, firstValueFrom, lastValueFrom, skip, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { canSignal } from '../../spec/fixtures/can-signal.js'
import { type Launched, launch } from './launch.js'

const threads = 4
const launched: Launched[] = []

afterEach(() => {
  for (const server of launched.splice(0)) server[Symbol.dispose]()
})

describe.runIf(canSignal)('the server', () => {
  describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
    it('has requests answered or told to ask again, and then ends the process itself', async () => {
      const server = await start()
      const answers = ['pencil', 'unicorn', 'unicorn'].map((item) => order(server, item))
      await line(server, 'looks for it', 3)
      server.kill(signal)
      expect(await Promise.all(answers)).toEqual([
        expect.objectContaining({ status: 200, retryAfter: null, body: 'pencil in a box, from shelf A1\n' }),
        { status: 503, retryAfter: '5', connection: 'close', body: 'broken off\n' },
        { status: 503, retryAfter: '5', connection: 'close', body: 'broken off\n' },
      ])
      expect(await server.end).toBe(signal)
    })
  })

  it('takes the steps of the shutdown in order, and reports them', async () => {
    const server = await start()
    const answers = ['unicorn', 'unicorn'].map((item) => order(server, item))
    await line(server, 'looks for it', 2)
    server.kill('SIGTERM')
    await Promise.all(answers)
    const timed = (await allLines(server)).filter((line) => / ms {2}/.test(line))
    const steps = timed.map((line) => line.replace(/^ *\d+ ms {2}/, ''))

    expect(steps.filter((step) => !step.startsWith('unicorn')).map((step) => step.replace(/:.*/, ''))).toEqual([
      'before',
      'shutdown$',
      'during',
      'after',
      'stopped',
    ])
    // The interruption comes in slices, so a thread that woke in the first one may reply before the last one.
    expect(steps.slice(1, -2).filter((step) => step === 'unicorn: 503')).toHaveLength(2)

    const times = timed.map((line) => Number.parseInt(line, 10))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(JSON.parse(steps.at(-1)?.replace('stopped: ', '') ?? '')).toEqual({
      interrupted: 2,
      rejected: 0,
      drained: threads,
      terminated: 0,
      unretrieved: 0,
      durationMs: expect.any(Number),
    })
  })

  describe('within the grace', () => {
    // It never is over: so what is asserted cannot come too late.
    const grace = 'Infinity'

    it('requests of several calls get their answers, and nothing waits for what is left of it', async () => {
      const server = await start(grace)
      const answers = ['desk', 'desk'].map((item) => order(server, item))
      await line(server, 'looks for it', 2)
      server.kill('SIGTERM')
      const found = { status: 200, body: 'desk in a box, from shelf C7\n' }
      expect(await Promise.all(answers)).toMatchObject([found, found])
      expect(await server.end).toBe('SIGTERM')
    })

    it('connections are refused; a second signal ends the process at once', async () => {
      const server = await start(grace)
      const answer = order(server, 'unicorn').catch(causeOf)
      await line(server, 'looks for it')
      server.kill('SIGTERM')
      await line(server, 'before: ')
      expect(await order(server, 'pencil').catch(causeOf)).toBe('ECONNREFUSED')
      server.kill('SIGINT')
      expect(await server.end).toBe('SIGINT')
      expect(await answer).toMatch(/ECONNRESET|UND_ERR_SOCKET/)
      expect(await allLines(server)).not.toContainEqual(expect.stringContaining('after: '))
    })
  })

  it('answers requests that wait for a thread, too', async () => {
    const server = await start()
    const answers = Array.from({ length: threads }, () => order(server, 'unicorn'))
    await line(server, 'looks for it', threads)
    const queued = request(`${server.origin}/pencil`, { headers: { expect: '100-continue' } }).end()
    // That is how the server says that it has the request: with every thread asleep it is in the queue by then.
    await once(queued, 'continue')
    server.kill('SIGTERM')
    const [response] = await once(queued, 'response')
    // A thread that the shutdown frees may begin it before the pool is closed; then its call fails at once.
    expect(`${response.statusCode} ${await text(response)}`).toMatch(/^503 (not begun|broken off)\n$/)
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(threads).fill(503))
    expect(await server.end).toBe('SIGTERM')
  })
})

async function start(...args: string[]): Promise<Launched> {
  const server = await launch(...args)
  launched.push(server)
  return server
}

async function order(server: Launched, item: string) {
  const response = await fetch(`${server.origin}/${item}`)
  const { status, headers } = response
  return {
    status,
    retryAfter: headers.get('retry-after'),
    connection: headers.get('connection'),
    body: await response.text(),
  }
}

/** Until the server has printed that many lines like it. */
function line(server: Launched, part: string, times = 1): Promise<string> {
  return firstValueFrom(
    server.lines.pipe(
      filter((line) => line.includes(part)),
      skip(times - 1),
    ),
  )
}

function allLines(server: Launched): Promise<string[]> {
  return lastValueFrom(server.lines.pipe(toArray()))
}

/** `fetch` wraps what went wrong. */
function causeOf({ cause }: TypeError): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : cause
}
