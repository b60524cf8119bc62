import { describe, expect, it, type TestContext } from 'vitest'
import { canSignal } from '../fixtures/can-signal.js'
import { Child } from '../fixtures/process-end-child.js'
import type { Given } from '../fixtures/setup-program.js'
import { type Ran, runFile, runScenario } from '../fixtures/setup-run.js'

const programs = new Map<string, Promise<Ran>>()

/** A program that comes to its end. It runs once, however many rows look at it. */
function ran(scenario: string, given: Given = {}): Promise<Ran> {
  const key = JSON.stringify([scenario, given])
  const program = programs.get(key) ?? runScenario(scenario, given)
  programs.set(key, program)
  return program
}

/** What it told in the end. */
async function toldBy(scenario: string, given?: Given): Promise<unknown> {
  const { end, told, errors } = await ran(scenario, given)
  expect({ end, errors: told === undefined ? errors : '' }).toEqual({ end: [0, null], errors: '' })
  return told
}

/** A program whose main thread is blocked for good. */
async function asleep({ onTestFinished }: TestContext): Promise<Child> {
  const child = new Child('./setup-program.js', 'sleeps')
  onTestFinished(() => child.kill('SIGKILL'))
  await child.says('asleep')
  return child
}

/** That a step ended with an error of that class. */
function threw(name: string, message = ''): object {
  const error = { class: name, message: expect.stringContaining(message) }
  return { threw: expect.objectContaining(error) }
}

const STOPPED = threw('ReactorStopped')
const TIMED_OUT = threw('TimeoutError')

type Row = readonly [what: string, scenario: string, told: object]

describe.concurrent('setup() in a main thread', () => {
  it.each<Row>([
    [
      'is called for: without it calls are refused',
      'plain',
      { without: { blocking: threw('NotSetUpError', 'where') } },
    ],
    ['is called for by `eventual` too', 'plain', { without: { eventual: threw('NotSetUpError', 'where') } }],
    ['is called for by retrieveResult() too', 'plain', { without: { retrieve: threw('NotSetUpError') } }],
    ['makes canWait() true', 'plain', { without: { canWait: false }, canWait: [true] }],
    ['runs calls in one other thread', 'plain', { sameThread: true, elsewhere: true }],
    ['takes the options of the first call only', 'plain', { whose: { env: 'the first' } }],
    ['gives every caller the same reactor to stop', 'plain', { bothStopped: { returned: 0 } }],
    ['refuses noSetup() that comes after it', 'plain', { noSetupAfter: threw('AlreadyInUseError', 'after setup()') }],
    ['passes env, execArgv and resourceLimits on', 'passedOn', { env: 'on', execArgv: ['--no-warnings'], memory: 77 }],
    ['shares process.env with SHARE_ENV', 'sharesEnv', { seenThere: 'here', seenHere: 'there' }],
    ['serves shared modules, also while a module loads', 'shared', { echoed: 'while loading', counted: 2 }],
    ['runs what a shared module wraps in the other thread', 'shared', { isElsewhere: true }],
  ])('%s', async (_, scenario, told) => {
    expect(await toldBy(scenario)).toMatchObject(told)
  })

  it('loads little in the thread of its reactor: a part of RxJS, without operators and schedulers', async () => {
    const loaded = (await toldBy('loadsLittle')) as readonly string[]
    expect(loaded).toContainEqual(expect.stringMatching(/^rxjs\b.*\bObservable\.js$/))
    expect(loaded.filter((file) => !/^rxjs\b(?!.*(?:operators|Scheduler))/.test(file))).toEqual([])
  })

  it('serves a CommonJS program', async () => {
    const { told, errors } = await runFile('./setup-common.cjs')
    expect({ told, errors }).toEqual({
      told: {
        counts: [1, 2],
        later: 'later',
        echo: 'from CommonJS',
        echoed: 'while loading',
        counted: 2,
        isElsewhere: true,
      },
      errors: '',
    })
  })

  it('has a module that is loaded before all others block in this thread, and refuses that in the reactor’s', async () => {
    const preloaded = new URL('../fixtures/setup-preloaded-blocks.js', import.meta.url).href
    const { lines, errors } = await runFile('./flag.js', [], ['--import', preloaded])
    const refused = threw('ReactorThreadError', 'would block')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { isMainThread: false, canWait: false, echo: refused, retrieved: refused },
      { isMainThread: true, canWait: true, echo: { returned: 'echoed' } },
    ])
    expect(errors).toBe('')
  })

  it('tells a program that calls functions of its own file to have them in another', async () => {
    const { end, errors } = await runFile('./setup-own-module.js')
    expect(end).toEqual([1, null])
    expect(errors).toMatch(/ModuleImportError: .* would block the reactor's own thread.* belongs in a file of its own/)
  })

  it('says which options of a later call had no effect, and lets the level of its log be changed', async () => {
    const { told, errors } = await ran('setsLevels')
    expect(told).toMatchObject({ wrong: threw('TypeError', 'logLevel is to be'), levels: ['debug', 'debug', 'warn'] })
    const lines = errors
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      {
        level: 40,
        msg:
          'Options of setup() had no effect: `maxPending`, `logLevel`, `env`, `stop.grace`, `resourceLimits.stackSizeMb`; ' +
          'an earlier call of it, with others, has started the reactor',
      },
      { level: 20, msg: 'let through' },
    ])
  })

  it.each<readonly [given: unknown, name: string, message: string]>([
    [5, 'TypeError', 'setup() takes an object with options; it was given `5`'],
    [null, 'TypeError', 'setup() takes an object with options; it was given `null`'],
    [{ logLevel: 'loud' }, 'TypeError', "options.logLevel is `'loud'`"],
    [{ maxPending: 'many' }, 'TypeError', "options.maxPending is `'many'`"],
    [{ maxPending: 0 }, 'RangeError', 'options.maxPending is `0`'],
    [{ maxStashed: 'many' }, 'TypeError', "options.maxStashed is `'many'`"],
    [{ maxStashed: 0 }, 'RangeError', 'options.maxStashed is `0`'],
    [{ stashTtl: -1 }, 'RangeError', 'options.stashTtl is `-1`'],
    [{ stop: null }, 'TypeError', 'options.stop takes an object'],
    [{ stop: { grace: -1 } }, 'RangeError', 'grace of options.stop is `-1`'],
    [{ stop: { drainTimeout: 'long' } }, 'TypeError', "drainTimeout of options.stop is `'long'`"],
    [{ execArgv: '--no-warnings' }, 'TypeError', 'options.execArgv'],
    [{ env: 5 }, 'TypeError', 'options.env'],
    [{ allowModule: 'node:dns' }, 'TypeError', 'options.allowModule of setup() is'],
    [{ allowModule: ['./modules'] }, 'TypeError', 'options.allowModule of setup() has'],
  ])('refuses %j with a %s, and starts nothing', async (options, name, message) => {
    const told = (await toldBy('options')) as readonly { options: unknown }[]
    expect(told.filter((one) => JSON.stringify(one.options) === JSON.stringify(options))).toEqual([
      { options, threw: threw(name, message), canWait: false },
    ])
  })
})

describe.concurrent('the modules that a managed reactor may import', () => {
  it('are those of whose URLs `allowModule` of setup() has the beginnings', async () => {
    expect(await toldBy('allowsModules')).toEqual({
      builtIn: { returned: 'xn--nda.example' },
      other: threw('ModuleNotAllowedError', 'node:querystring'),
      file: { returned: 1 },
    })
  })

  it('are files where nothing is said, and the error says how it is', async () => {
    expect(await toldBy('refusesModules')).toEqual({
      isFunction: threw('TypeError', "is a function, which can't cross"),
      builtIn: threw(
        'ModuleNotAllowedError',
        "let `allowModule` of setup() have what its URL begins with: `allowModule: ['file:', 'node:url']`",
      ),
    })
  })
})

describe.concurrent('a call of a managed reactor', () => {
  it.each<Row>([
    ['finds the state that earlier calls left', 'outcomes', { counts: [1, 2, 3] }],
    ['is cancelled when its timeout passes', 'outcomes', { timedOut: TIMED_OUT }],
    ['can be polled', 'outcomes', { polled: TIMED_OUT }],
    [
      "says of the reactor's thread that it is still starting, if that is why it is late",
      'neverStarts',
      threw('TimeoutError', "the reactor's thread is still starting"),
    ],
    ['can be cancelled', 'outcomes', { cancelled: threw('CancelledError') }],
    [
      'that is cancelled is torn down, and its signal fires',
      'outcomes',
      {
        endings: expect.arrayContaining([
          'blocking: signal',
          'blocking: teardown',
          'cancelled: signal',
          'cancelled: teardown',
        ]),
      },
    ],
    ['may complete empty', 'outcomes', { empty: threw('EmptyError') }],
    ['may name a function that is not there', 'outcomes', { unknown: threw('UnknownFunctionError', 'nothing') }],
    ['can be stashed and retrieved', 'outcomes', { stashed: 'stashed' }],
    ['can be retrieved once only', 'outcomes', { again: threw('ResultNotFoundError') }],
    ['can be stashed before its outcome', 'outcomes', { retrieved: 'open' }],
    ['can be awaited', 'outcomes', { promise: 'later' }],
    ['that is awaited rejects with its failure', 'outcomes', { rejected: threw('RangeError', 'failed on purpose') }],
    [
      'sees a child process of its end while this thread is blocked',
      'outcomes',
      { child: { code: 7, printed: ['printed\n'] } },
    ],
    ['brings bytes back', 'outcomes', { bytes: 1 << 20 }],
    ['may not block in its turn', 'outcomes', { blocks: { canWait: false, blocking: threw('ReactorThreadError') } }],
    ['may not wait in its turn', 'outcomes', { blocks: { wait: threw('ReactorThreadError') } }],
    ['gets the reactor from noSetup(), each time', 'outcomes', { reactors: { isReactor: true, isTheSame: true } }],
    ['gets no other reactor by giving options', 'outcomes', { reactors: { options: threw('AlreadyInUseError') } }],
    [
      'may not stop what setup() gives it',
      'outcomes',
      { reactors: { stop: threw('ReactorThreadError', 'noSetup()') } },
    ],
  ])('%s', async (_, scenario, told) => {
    expect(await toldBy(scenario)).toMatchObject(told)
  })

  it('fails with the whole error: its class, its own properties, its cause and both stacks', async () => {
    const stack = expect.stringMatching(
      /fails .*setup-reactive\.js[\s\S]*---- .*called by thread 0 ----\n.*setup-program\.js/,
    )
    const cause = expect.objectContaining({ class: 'TypeError', message: 'the cause' })
    expect(await toldBy('outcomes')).toMatchObject({
      failed: {
        threw: { class: 'RangeError', code: 'E_PURPOSE', stack, properties: { code: 'E_PURPOSE', detail: [1], cause } },
      },
      traceback: expect.stringMatching(/fails .*setup-reactive\.js[\s\S]*TypeError: the cause/),
    })
  })
})

describe.concurrent('a module', () => {
  const failed = threw('ModuleImportError', 'not loaded on purpose')
  it.each<Row>([
    ['that throws fails each call', 'loads', { throws: [failed, failed] }],
    ['that throws at first is loaded by the next call', 'loads', { atFirst: [failed, { returned: 2 }] }],
    [
      'that does not exist fails each call',
      'loads',
      { missing: [1, 2].map(() => threw('ModuleImportError', 'setup-missing')) },
    ],
    ['that never finishes loading lets calls time out', 'loads', { pends: [TIMED_OUT, TIMED_OUT] }],
    [
      'that does not finish loading at first is loaded by the next call',
      'loads',
      { pendsAtFirst: [TIMED_OUT, { returned: 2 }] },
    ],
    ['that cannot be loaded disturbs no other', 'loads', { after: 1 }],
    ['that keeps the loop lets calls time out', 'loops', [TIMED_OUT, TIMED_OUT]],
  ])('%s', async (_, scenario, told) => {
    expect(await toldBy(scenario)).toMatchObject(told)
  })
})

describe.concurrent('setup() in a thread that somebody else has made', () => {
  it('starts a reactor of its own in a raw Worker, and in a thread of a bare Piscina', async () => {
    const told = await toldBy('threads')
    expect(told).toMatchObject({ places: [{ counts: [1, 2] }, { counts: [1, 2] }], counts: [1] })
    const { places, here } = told as { places: { own: number; reactor: number }[]; here: number }
    expect(new Set([here, ...places.flatMap(({ own, reactor }) => [own, reactor])]).size).toBe(5)
  })

  it.each<Row>([
    [
      'can stop it and start another',
      'threads',
      { again: { report: { returned: 0 }, after: STOPPED, again: { counts: [1, 2] } } },
    ],
    [
      "does nothing under a parent that has a Reactor, whose that thread's calls are",
      'underReactor',
      { message: { place: { reactor: 0, counts: [1, 2] } } },
    ],
    [
      'does nothing where a reactor of the parent has accepted the thread, whose calls all stay together',
      'acceptedBefore',
      {
        before: 0,
        after: 0,
        first: { returned: 'later' },
        stop: threw('AlreadyInUseError', 'its parent has a Reactor'),
      },
    ],
    [
      'ends calls that nobody has accepted before',
      'askedBefore',
      { place: { counts: [1, 2] }, isSettled: true, outcome: threw('NotAttachedError', 'before it called setup()') },
    ],
    ['leaves canWait() true there', 'underReactor', { message: { before: true } }],
    [
      'gives nothing to stop there',
      'underReactor',
      { message: { stop: threw('AlreadyInUseError', 'its parent has a Reactor'), disposed: {} } },
    ],
  ])('%s', async (_, scenario, told) => {
    expect(await toldBy(scenario)).toMatchObject(told)
  })

  it('has its triggers run when that thread ends', async () => {
    const { lines } = await ran('threads')
    expect(lines.slice(0, -1)).toEqual(['the thread ends', 'before', 'during', 'after'])
  })
})

describe.concurrent('setup() in a thread that has a Reactor', () => {
  it.each<Row>([
    ['does nothing to be stopped', 'underReactor', { here: threw('ReactorThreadError', 'noSetup()') }],
    ['attaches pools to that', 'underReactor', { attach: {}, waits: false }],
    [
      'does nothing after noSetup(), whose calls stay here',
      'noSetupFirst',
      { here: 0, blocks: threw('ReactorThreadError') },
    ],
    ['leaves that of noSetup() to be asked for again', 'noSetupFirst', { again: true, isAnother: true }],
    ['leaves noSetup() without options', 'noSetupFirst', { options: threw('AlreadyInUseError', 'no options') }],
  ])('%s', async (_, scenario, told) => {
    expect(await toldBy(scenario)).toMatchObject(told)
  })
})

describe.concurrent('stop()', () => {
  it.each<Row>([
    ['reports what it ended', 'stops', { report: { interrupted: 1, drained: 0, terminated: 0, unretrieved: 1 } }],
    ['gives the same report again', 'stops', { again: true }],
    ['has calls that come after it fail', 'stops', { after: STOPPED }],
    [
      'refuses options that are wrong',
      'stops',
      { wrong: [threw('RangeError', 'grace'), threw('TypeError', 'drainTimeout')] },
    ],
    ['stops nothing when it refuses', 'stops', { other: threw('RangeError', 'grace'), count: 1 }],
    ['lets setup() start another one', 'stops', { count: 1 }],
    ['is called at the end of a scope', 'stops', { disposed: STOPPED }],
    [
      "on the reactor's side ends calls, and fails those that come after",
      'stopsFromInside',
      { call: STOPPED, after: STOPPED },
    ],
    ["on the reactor's side lets setup() start another one when that has stopped", 'stopsFromInside', { again: 1 }],
  ])('%s', async (_, scenario, told) => {
    expect(await toldBy(scenario)).toMatchObject(told)
  })

  it.each(['stops', 'stopsFromInside'])('has the triggers run: %s', async (scenario) => {
    const { lines } = await ran(scenario)
    expect(lines.slice(0, -1)).toEqual(['before', 'during', 'after'])
  })
})

describe.concurrent("the reactor's thread ends by itself while this thread sleeps without a bound", () => {
  it.each(['an uncaught exception', 'process.exit()', 'an unhandled rejection', 'out of memory'])(
    'by %s: calls end with ReactorStopped, and setup() starts another one',
    async (death) => {
      const told = (await toldBy('dies')) as readonly { death: string }[]
      expect(told.find((one) => one.death === death)).toEqual({
        death,
        count: 1,
        asleep: STOPPED,
        unfinished: STOPPED,
        after: STOPPED,
        stop: threw('ReactorStopped', 'had ended before'),
        again: 1,
      })
    },
  )

  it('and the log says why, if it is an error', async () => {
    const { errors } = await ran('dies')
    expect(errors).toContain('uncaught on purpose')
    expect(errors).toContain('rejected on purpose')
  })
})

describe.concurrent('at the end of the process', () => {
  it.each([
    ['by itself', 0],
    ['process.exit()', 3],
    ['an uncaught exception', 1],
  ] as const)('%s triggers and teardowns run, and its code is kept', async (end, code) => {
    expect(await ran('ends', { end })).toMatchObject({
      end: [code, null],
      lines: ['asleep', 'before', 'teardown', 'during', 'after'],
    })
  })

  it('a trigger that never ends keeps it for a while only', async () => {
    expect(await ran('endsWithHangingTrigger')).toMatchObject({ end: [3, null], lines: ['hangs'], errors: '' })
  })

  it.runIf(canSignal)('SIGINT ends it while it is blocked', async (context) => {
    const child = await asleep(context)
    child.kill('SIGINT')
    expect(await child.end).toEqual([null, 'SIGINT'])
  })
})

const PRINTED = ['by console.log', 'by process.stdout.write', 'by a Buffer: ✓', 'ok']

describe.concurrent('what reactive functions print', () => {
  it('appears while the main thread is blocked', async (context) => {
    const child = await asleep(context)
    expect(child.lines).toEqual([...PRINTED, 'asleep'])
    child.kill('SIGINT')
    await child.end
    expect(child.errors).toBe('by console.error\n')
  })

  it('keeps its place among what the main thread prints', async () => {
    const { lines, errors } = await ran('prints')
    expect(lines).toEqual(['by main', ...PRINTED, 'by main again', ...PRINTED])
    expect(errors).toBe('by console.error\nby console.error\n')
  })

  it('is complete at process.exit(), 1 MiB of it', async () => {
    const { end, printed } = await ran('printsMuch')
    expect({ end, bytes: printed.length }).toEqual({ end: [4, null], bytes: 1 << 20 })
    expect(printed.equals(Buffer.from(`${'x'.repeat(1_023)}\n`.repeat(1_024)))).toBe(true)
  })

  it.each<readonly [level: string | undefined, messages: readonly string[]]>([
    [undefined, ['by main at error', 'logged at warn', 'logged at error']],
    ['info', ['by main at info', 'by main at error', 'logged at info', 'logged at warn', 'logged at error']],
    ['error', ['by main at error', 'logged at error']],
    ['silent', []],
  ])('in the log is what `logLevel: %s` lets through', async (logLevel, messages) => {
    const { errors } = await ran('logs', { options: { logLevel } } as Given)
    const lines = errors.split('\n').slice(0, -1)
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(messages)
  })

  it.each([
    ['ends before it has accepted this one', 'logsInVain'],
    ['never comes to it', 'logsUnread'],
  ])('is on standard error, once, if the reactor’s thread %s', async (_, scenario) => {
    const { errors } = await ran(scenario)
    expect(errors.split('\n').filter((line) => line === 'line')).toEqual(['line'])
  })
})

describe.concurrent('attach() of what setup() returns', () => {
  it.each<Row>([
    ["has a bare Piscina's threads call the managed reactor", 'pool', { place: { counts: [2, 3] }, counts: [1, 4] }],
    ['has stop() free a thread that sleeps', 'pool', { interrupted: 1, woken: STOPPED }],
    ['has calls fail that come after stop()', 'pool', { after: STOPPED }],
    ['listens no more when it is disposed', 'pool', { listeners: 0 }],
  ])('%s', async (_, scenario, told) => {
    expect(await toldBy(scenario)).toMatchObject(told)
  })
})
