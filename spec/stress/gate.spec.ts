import { Piscina } from 'piscina'
import { currentCall, type PoolOptions, Reactor } from 'rx-crochet'
import { Observable } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Gate } from '../../lib/pool/gate.js'
import { until } from '../fixtures/lifecycle-support.js'

const filename = new URL('../fixtures/lifecycle-seats.js', import.meta.url).href

let reactor: Reactor
let pools: Piscina[]

beforeEach(() => {
  reactor = new Reactor()
  pools = []
})

afterEach(async () => {
  await reactor.stop()
  await Promise.all(pools.map((pool) => pool.destroy()))
})

type Step = 'run' | 'run abortable' | readonly ['end' | 'abort', task: number]

interface Task {
  readonly abort: () => void
  readonly over: Promise<unknown>
  isOver: boolean
}

/** Runs tasks in a pool, numbered from 0, and knows which sits in which thread. */
class Seating {
  readonly #pool: Piscina<number, unknown>
  readonly #tasks: Task[] = []
  readonly #sitting = new Map<number, { readonly thread: number; readonly leave: () => void }>()
  /** Oldest first, so that those of two pools can be compared. */
  readonly #threads = new Set<number>()

  constructor(pool: Piscina) {
    this.#pool = pool
    pools.push(pool)
    reactor.expose('seats', {
      take: (task: number) => {
        const thread = currentCall().threadId
        return new Observable((subscriber) => {
          this.#sitting.set(task, { thread, leave: () => subscriber.next(task) })
          return () => this.#sitting.delete(task)
        })
      },
    })
  }

  /** Waits until the pool has done all that follows from the step. */
  async do(step: Step): Promise<void> {
    if (typeof step === 'string') {
      this.run(step === 'run abortable')
    } else {
      const [what, number] = step
      if (what === 'end') this.#sitting.get(number)?.leave()
      else this.#tasks[number]?.abort()
      await this.#tasks[number]?.over
    }
    const isSettled = (): boolean => this.#waiting === this.#pool.queueSize && this.#leaving === 0
    await until(isSettled)
  }

  run(isAbortable = false): Task {
    const controller = new AbortController()
    const result = this.#pool.run(this.#tasks.length, isAbortable ? { signal: controller.signal } : {})
    const task: Task = {
      abort: () => controller.abort(),
      isOver: false,
      over: result
        .catch((error: Error) => error)
        .then((end) => {
          task.isOver = true
          return end
        }),
    }
    this.#tasks.push(task)
    return task
  }

  /** For example `0: 0, 2; 1: 1`: tasks 0 and 2 sit in the first thread, task 1 in the second. */
  toString(): string {
    for (const { threadId } of this.#pool.threads) this.#threads.add(threadId)
    const rows = [...this.#threads].map((thread, index) => {
      const seated = [...this.#sitting].filter(([, seat]) => seat.thread === thread).map(([task]) => task)
      return `${index}: ${seated.sort().join(', ')}`
    })
    return rows.join('; ')
  }

  /** Tasks that are neither over nor in a thread. */
  get #waiting(): number {
    return this.#tasks.filter(({ isOver }, number) => !isOver && !this.#sitting.has(number)).length
  }

  /** Tasks that are over and still seem to be in a thread. */
  get #leaving(): number {
    return this.#tasks.filter(({ isOver }, number) => isOver && this.#sitting.has(number)).length
  }
}

async function seatingsAfterEach(steps: readonly Step[], pool: Piscina): Promise<string[]> {
  const seating = new Seating(pool)
  const seen: string[] = []
  for (const step of steps) {
    await seating.do(step)
    seen.push(`${step}: ${seating}`)
  }
  return seen
}

describe("a pool's tasks go to the threads that Piscina's own balancer chooses", () => {
  const situations: readonly [situation: string, ...Step[]][] = [
    ['one task', 'run'],
    ['a task a thread', 'run', 'run'],
    ['more tasks than threads', 'run', 'run', 'run', 'run', 'run'],
    ['more tasks than there is room', 'run', 'run', 'run', 'run', 'run', 'run', 'run', 'run'],
    ['the first thread idle again', 'run', 'run', ['end', 0], 'run'],
    ['the second thread idle again', 'run', 'run', ['end', 1], 'run'],
    ['one thread less busy', 'run', 'run', 'run', 'run', ['end', 1], 'run', 'run'],
    ['one thread idle and one with room', 'run', 'run', 'run', ['end', 1], 'run'],
    ['tasks that wait when one ends', 'run', 'run', 'run', ['end', 0], ['end', 1]],
    ['an abortable task', 'run abortable'],
    ['an abortable task beside others', 'run', 'run abortable'],
    ['an abortable task, all threads busy', 'run', 'run', 'run abortable'],
    ['an abortable task that waits for an idle thread', 'run', 'run', 'run', 'run abortable', ['end', 1], ['end', 0]],
    ['a task beside an abortable one', 'run abortable', 'run', 'run'],
    ['only abortable tasks', 'run abortable', 'run abortable', 'run', 'run abortable'],
    ['an abortable task that ended', 'run abortable', 'run abortable', 'run', ['end', 0], 'run'],
    ['a running task aborted', 'run abortable', 'run', ['abort', 0], 'run'],
    ['a running task aborted while others wait', 'run abortable', 'run abortable', 'run', 'run', ['abort', 1]],
    ['a waiting task aborted', 'run', 'run', 'run abortable', ['abort', 2], 'run'],
  ]
  const rows = [1, 2, 3].flatMap((room) => situations.map(([situation, ...steps]) => ({ room, situation, steps })))

  it.each(rows)('$room a thread: $situation', async ({ room, steps }) => {
    const options: PoolOptions = { filename, minThreads: 2, maxThreads: 2, concurrentTasksPerWorker: room }
    const ungated = new Piscina(options)
    const attached = reactor.attach(ungated)
    const expected = await seatingsAfterEach(steps, ungated)
    attached[Symbol.dispose]()
    await reactor.stop()
    reactor = new Reactor()
    expect(await seatingsAfterEach(steps, reactor.createPool(options))).toEqual(expected)
  })
})

describe("the user's own load balancer", () => {
  it('chooses the threads', async () => {
    const loadBalancer: PoolOptions['loadBalancer'] = (_, workers) => workers.at(-1) ?? null
    const options: PoolOptions = { filename, minThreads: 2, maxThreads: 2, concurrentTasksPerWorker: 3, loadBalancer }
    const seatings = await seatingsAfterEach(['run', 'run', 'run'], reactor.createPool(options))
    expect(seatings.at(-1)).toBe('run: 0: ; 1: 0, 1, 2')
  })

  it('may keep a task waiting', async () => {
    const loadBalancer: PoolOptions['loadBalancer'] = (task, workers) =>
      task.isAbortable ? null : (workers[0] ?? null)
    const pool = reactor.createPool({
      filename,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: 2,
      loadBalancer,
    })
    expect(await seatingsAfterEach(['run', 'run abortable'], pool)).toEqual(['run: 0: 0', 'run abortable: 0: 0'])
  })

  it.each([['least busy'], [null], [() => null]])('is refused as Piscina refuses it: %s', (loadBalancer) => {
    // Whatever code without types might give; Piscina's own answer is the measure.
    const options = { filename, loadBalancer } as PoolOptions
    expect(() => pools.push(new Piscina(options))).toThrow(TypeError)
    expect(() => reactor.createPool(options)).toThrow(TypeError)
  })
})

describe('a gate that is shut', () => {
  const open: PoolOptions = { filename, minThreads: 1, maxThreads: 1 }

  function gated(options: PoolOptions): { gate: Gate; pool: Piscina; seating: Seating } {
    const gate = new Gate(options)
    const pool = new Piscina({ ...options, loadBalancer: gate.balance })
    reactor.attach(pool)
    return { gate, pool, seating: new Seating(pool) }
  }

  it('starts no task in an idle thread', async () => {
    const { gate, pool, seating } = gated(open)
    gate.shut()
    await seating.do('run')
    expect({ queueSize: pool.queueSize, seating: String(seating) }).toEqual({ queueSize: 1, seating: '0: ' })
  })

  it('starts no task that waits when another ends', async () => {
    const { gate, pool, seating } = gated(open)
    await seating.do('run')
    await seating.do('run')
    gate.shut()
    await seating.do(['end', 0])
    expect({ queueSize: pool.queueSize, seating: String(seating) }).toEqual({ queueSize: 1, seating: '0: ' })
  })

  it("does not ask the user's own load balancer", async () => {
    let asked = 0
    const loadBalancer: PoolOptions['loadBalancer'] = (_, workers) => {
      asked += 1
      return workers[0] ?? null
    }
    const { gate, seating } = gated({ ...open, loadBalancer })
    gate.shut()
    await seating.do('run')
    expect(asked).toBe(0)
  })

  it('leaves it to the pool to reject what waits', async () => {
    const { gate, pool, seating } = gated(open)
    gate.shut()
    const { over } = seating.run()
    await pool.close({ force: true })
    expect(await over).toMatchObject({ name: 'AbortError' })
  })
})
