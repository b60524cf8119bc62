import { setImmediate as nextTurn } from 'node:timers/promises'
import { ReactorStopped, TimeoutError } from 'rx-crochet'
import { concat, defer, EMPTY, NEVER, Observable, of, throwError, timer } from 'rxjs'
import { beforeEach, describe, expect, it } from 'vitest'
import { Log } from '../../lib/reactor/log.js'
import { ShutdownTriggers } from '../../lib/reactor/shutdown-triggers.js'
import type { ShutdownPhase } from '../../lib/reactor/trigger.js'
import { Deferred, RecordingLogger } from '../fixtures/lifecycle-support.js'

const phases: readonly ShutdownPhase[] = ['before', 'during', 'after']

let logger: RecordingLogger
let triggers: ShutdownTriggers
let ran: unknown[]

beforeEach(() => {
  logger = new RecordingLogger()
  triggers = new ShutdownTriggers({}, new Log(logger, undefined))
  ran = []
})

/** Registers a trigger of the phase `before`. */
function add(fn: () => unknown, timeout?: number): () => void {
  return triggers.add('before', fn, timeout === undefined ? {} : { timeout })
}

/** A trigger that says that it ran. */
function note(what: unknown): () => void {
  return () => void ran.push(what)
}

/** A thenable that is no promise. */
function thenable(promise: Promise<unknown>): object {
  return Object.defineProperty({}, 'then', { value: promise.then.bind(promise) })
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await nextTurn()
}

describe('the triggers of a phase', () => {
  it('may be none', async () => {
    await triggers.run('before')
    expect(logger.lines).toEqual([])
  })

  it('run the last registered first', async () => {
    for (const number of [1, 2, 3]) add(note(number))
    await triggers.run('before')
    expect(ran).toEqual([3, 2, 1])
  })

  it.each(phases)('run in that phase alone: %s', async (phase) => {
    for (const one of phases) triggers.add(one, note(one), {})
    await triggers.run(phase)
    expect(ran).toEqual([phase])
  })

  it('run once', async () => {
    add(note('ran'))
    await triggers.run('before')
    await triggers.run('before')
    expect(ran).toEqual(['ran'])
  })

  it('run as often as they were registered', async () => {
    const fn = note('ran')
    add(fn)
    add(fn)
    await triggers.run('before')
    expect(ran).toEqual(['ran', 'ran'])
  })

  const waitedFor: readonly (readonly [string, (until: Promise<void>) => unknown])[] = [
    ['a promise', (until) => until],
    ['a thenable', thenable],
    ['an Observable', (until) => defer(() => until)],
    ['an Observable, to its end', (until) => concat(of('a first value'), until)],
    [
      'an async iterable, to its end',
      async function* (until) {
        yield 'a first value'
        await until
      },
    ],
  ]

  it.each(waitedFor)('run one by one: the next waits for %s', async (_, wait) => {
    const first = new Deferred()
    add(note('second'))
    add(() => wait(first.promise))
    const over = triggers.run('before').then(note('over'))
    await turns()
    expect(ran).toEqual([])
    first.resolve()
    await over
    expect(ran).toEqual(['second', 'over'])
    expect(logger.lines).toEqual([])
  })

  it.each([
    ['a plain value', 7],
    ['nothing', undefined],
    ['an array', [NEVER]],
    ['a string', 'text'],
    ['an empty Observable', EMPTY],
  ])('that return %s are done at once', async (_, returned) => {
    add(note('second'))
    add(() => returned)
    await triggers.run('before')
    expect(ran).toEqual(['second'])
    expect(logger.lines).toEqual([])
  })
})

describe('a trigger that fails', () => {
  const error = new Error('refused')
  const failing: readonly (readonly [string, () => unknown])[] = [
    [
      'throws',
      () => {
        throw error
      },
    ],
    ['rejects', () => Promise.reject(error)],
    ['rejects later', () => nextTurn().then(() => Promise.reject(error))],
    ['returns an Observable that ends with an error', () => throwError(() => error)],
    [
      'returns an Observable with an error behind a value',
      () =>
        concat(
          of(1),
          timer(0),
          throwError(() => error),
        ),
    ],
    [
      'returns an Observable that throws when subscribed',
      () =>
        new Observable(() => {
          throw error
        }),
    ],
  ]

  it.each(failing)('because it %s is logged once, with its phase, and the next one runs', async (_, fn) => {
    add(note('next'))
    add(fn)
    await triggers.run('before')
    expect(ran).toEqual(['next'])
    expect(logger.lines).toEqual([
      { level: 'warn', message: expect.stringContaining("onShutdown('before', …)"), details: { err: error } },
    ])
  })

  it('because it rejects without an error is logged too', async () => {
    add(() => Promise.reject(undefined))
    await triggers.run('before')
    expect(logger.lines).toHaveLength(1)
  })

  it.each(phases)('is logged with its own phase: %s', async (phase) => {
    triggers.add(phase, () => Promise.reject(error), {})
    await triggers.run(phase)
    expect(logger.lines.map(({ message }) => message)).toEqual([expect.stringContaining(`'${phase}'`)])
  })
})

describe('a trigger that is not done within its timeout', () => {
  it.each([
    ['promise', () => new Promise(() => undefined)],
    ['Observable', () => NEVER],
    ['Observable that goes on emitting', () => timer(0, 1)],
  ])('is logged with the bound, and the next one runs: a %s', async (_, fn) => {
    add(note('next'))
    add(fn, 20)
    await triggers.run('before')
    expect(ran).toEqual(['next'])
    const [line, ...others] = logger.lines
    expect(others).toEqual([])
    expect(line).toMatchObject({ level: 'warn', details: { err: expect.any(TimeoutError) } })
    expect(line?.details).toMatchObject({ err: { message: expect.stringContaining('20 ms') } })
  })

  it('has its Observable unsubscribed', async () => {
    add(() => new Observable(() => note('unsubscribed')), 1)
    await triggers.run('before')
    expect(ran).toEqual(['unsubscribed'])
  })

  it('may throw when it is unsubscribed, which is logged instead', async () => {
    const error = new Error('in the teardown')
    const throws = (): never => {
      throw error
    }
    add(note('next'))
    add(() => new Observable(() => throws), 1)
    await triggers.run('before')
    expect(ran).toEqual(['next'])
    expect(logger.lines).toMatchObject([{ details: { err: { errors: [error] } } }])
  })

  it('may fail later without harm', async () => {
    const late = new Deferred()
    add(() => late.promise.then(() => Promise.reject(new Error('too late'))), 1)
    await triggers.run('before')
    late.resolve()
    // Rejections that nobody handles are reported when the microtasks are done; vitest fails on them.
    await turns()
    expect(logger.lines).toHaveLength(1)
  })

  it('is run, and skipped at once, if it has no time', async () => {
    add(() => {
      ran.push('begun')
      return NEVER
    }, 0)
    await triggers.run('before')
    expect(ran).toEqual(['begun'])
    expect(logger.lines).toHaveLength(1)
  })

  it('is none that is done synchronously, whatever its timeout', async () => {
    add(() => of(1), 0)
    add(() => undefined, 0)
    await triggers.run('before')
    expect(logger.lines).toEqual([])
  })

  it.each([Number.POSITIVE_INFINITY, 2 ** 31, Number.MAX_VALUE])('is none with a timeout of %s', async (timeout) => {
    const slow = new Deferred()
    add(() => slow.promise, timeout)
    const over = triggers.run('before').then(note('over'))
    // Longer than the shortest timer, which a timer too long would be.
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([ran, logger.lines]).toEqual([[], []])
    slow.resolve()
    await over
  })
})

describe('a trigger that was taken away', () => {
  it('does not run, and others do', async () => {
    add(note(1))
    const takeAway = add(note(2))
    add(note(3))
    takeAway()
    await triggers.run('before')
    expect(ran).toEqual([3, 1])
  })

  it('may be taken away again, and takes no other with it', async () => {
    add(note(1))
    const takeAway = add(note(2))
    add(note(3))
    takeAway()
    takeAway()
    await triggers.run('before')
    takeAway()
    expect(ran).toEqual([3, 1])
  })

  it('is the one that was meant, of two with the same function', async () => {
    const fn = note('same')
    add(fn)
    add(note('between'))
    const takeAway = add(fn)
    takeAway()
    await triggers.run('before')
    expect(ran).toEqual(['between', 'same'])
  })

  it('by another trigger of its phase does not run', async () => {
    const takeAway = add(note('first registered'))
    add(() => takeAway())
    await triggers.run('before')
    expect(ran).toEqual([])
  })

  it('by itself runs on', async () => {
    const takeAway = add(async () => {
      takeAway()
      await nextTurn()
      ran.push('to its end')
    })
    await triggers.run('before')
    expect(ran).toEqual(['to its end'])
  })
})

describe('a trigger registered by a trigger', () => {
  it('of the same phase runs in that phase, before those registered earlier', async () => {
    add(note('earlier'))
    add(() => void add(note('from within')))
    await triggers.run('before')
    expect(ran).toEqual(['from within', 'earlier'])
  })

  it('of the same phase runs though the one that registers it is the last', async () => {
    add(async () => {
      await nextTurn()
      add(note('from within'))
    })
    await triggers.run('before')
    expect(ran).toEqual(['from within'])
  })

  it('of a later phase runs there', async () => {
    add(() => void triggers.add('after', note('after'), {}))
    await triggers.run('before')
    await triggers.run('during')
    expect(ran).toEqual([])
    await triggers.run('after')
    expect(ran).toEqual(['after'])
  })

  it.each([
    ['before', 'during'],
    ['before', 'after'],
    ['during', 'after'],
  ] as const)('of the phase %s is refused in the phase %s', async (past, present) => {
    let refused: unknown
    const tooLate = (): void => {
      try {
        triggers.add(past, note('too late'), {})
      } catch (error) {
        refused = error
      }
    }
    triggers.add(present, tooLate, {})
    for (const phase of phases) await triggers.run(phase)
    expect(refused).toBeInstanceOf(ReactorStopped)
    expect(String(refused)).toContain(`onShutdown('${past}', …)`)
    expect(ran).toEqual([])
  })
})

describe('a trigger with a wrong argument is refused, and the message names it:', () => {
  // What code without types may give.
  it.each<[unknown, unknown, unknown, typeof Error, string]>([
    ['later', () => 1, {}, TypeError, "before, during, after; it was given `'later'`"],
    [undefined, () => 1, {}, TypeError, '`undefined`'],
    ['constructor', () => 1, {}, TypeError, "`'constructor'`"],
    ['before', undefined, {}, TypeError, "onShutdown('before', …) takes a function; it was given `undefined`"],
    ['during', Promise.resolve(), {}, TypeError, "onShutdown('during', …) takes a function"],
    ['after', () => 1, { timeout: '5000' }, TypeError, "timeout of onShutdown() is `'5000'`"],
    ['after', () => 1, { timeout: null }, TypeError, 'timeout of onShutdown() is `null`'],
    ['after', () => 1, { timeout: Number.NaN }, RangeError, 'timeout of onShutdown() is `NaN`'],
    ['after', () => 1, { timeout: -1 }, RangeError, 'timeout of onShutdown() is `-1`'],
  ])('(%s, %s, %j)', async (phase, fn, options, error, message) => {
    const register = (): unknown => Reflect.apply(triggers.add, triggers, [phase, fn, options])
    expect(register).toThrow(error)
    expect(register).toThrow(message)
    expect(phases.map((one) => triggers.has(one))).toEqual([false, false, false])
  })
})
