import { MessageChannel } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Answer, readAnswer, writeAnswer } from '../../lib/protocol/answers.js'
import { helloMessage, readHello } from '../../lib/protocol/hello.js'
import { ConnectionMemory } from '../../lib/protocol/memory/connection-memory.js'
import type { EncodedOutcome } from '../../lib/protocol/outcome.js'
import { type Request, readRequest, writeRequest } from '../../lib/protocol/requests.js'
import { encodeThrown } from '../../lib/protocol/thrown.js'

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const cloneable = fc.anything().filter((value) => typeof value !== 'function')

const outcomes: fc.Arbitrary<EncodedOutcome> = fc.oneof(
  fc.record({ type: fc.constant('value' as const), value: cloneable }),
  fc.record({ type: fc.constant('failure' as const), thrown: cloneable.map(encodeThrown) }),
)

const PLAN = { buffer: 1, overflow: 'error', keep: 1, words: new SharedArrayBuffer(4) }

const requests: fc.Arbitrary<Request> = fc.oneof(
  fc.record({
    type: fc.constant('call' as const),
    id,
    ref: fc.record({
      in: fc.constantFrom('service' as const, 'module' as const, 'shared module' as const),
      of: fc.string(),
      name: fc.string(),
    }),
    args: fc.array(cloneable),
    timeout: fc.oneof(fc.double({ noNaN: true }), fc.constant(Number.POSITIVE_INFINITY)),
    hasDefault: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('stream' as const),
    id,
    ref: fc.record({ in: fc.constant('service' as const), of: fc.string(), name: fc.string() }),
    args: fc.array(cloneable),
    plan: fc.record({
      buffer: fc.integer({ min: 1, max: 2 ** 30 }),
      overflow: fc.constantFrom('error' as const, 'drop-oldest' as const, 'drop-newest' as const),
      keep: fc.integer({ min: 1, max: 2 ** 30 }),
      words: fc.constant(new SharedArrayBuffer(4)),
    }),
  }),
  fc.record({ type: fc.constantFrom('credit' as const, 'retrieved' as const, 'lost' as const), id }),
  fc.record({
    type: fc.constant('put' as const),
    id,
    uid: fc.string(),
    name: fc.string(),
    of: fc.oneof(id, fc.constant(0)),
    outcome: outcomes,
  }),
  fc.record({ type: fc.constant('retrieve' as const), id, uid: fc.string() }),
  fc.record({ type: fc.constant('stash' as const), id, of: id, uid: fc.string(), defaultValue: cloneable }),
  fc.record({ type: fc.constant('failed' as const), id, name: fc.string(), thrown: cloneable.map(encodeThrown) }),
  fc.record({
    type: fc.constant('cancel' as const),
    id,
    reason: fc.constantFrom('cancelled' as const, 'timed out' as const),
  }),
  fc.record({ type: fc.constant('stray' as const), found: fc.string() }),
)

const answers: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ type: fc.constant('value' as const), id, value: cloneable }),
  fc.record({ type: fc.constant('failure' as const), id, thrown: cloneable.map(encodeThrown) }),
  fc.record({ type: fc.constantFrom('empty' as const, 'cancelled' as const, 'stashed' as const), id }),
  fc.record({ type: fc.constant('items' as const), id, index: fc.nat(), values: fc.array(cloneable) }),
  fc.record({ type: fc.constant('found' as const), id, name: fc.string() }),
)

const LONG = 'x'.repeat(10_000)

describe('messages', () => {
  it.each<Request>([
    { type: 'put', id: 1, uid: 'uid', name: LONG, of: 0, outcome: { type: 'value', value: 1 } },
    { type: 'failed', id: 1, name: LONG, thrown: encodeThrown(1) },
    { type: 'stray', found: LONG },
  ])('of strangers have no long names for the log: $type', (request) => {
    const read = readRequest(writeRequest(request))
    expect(read).toMatchObject({ type: request.type })
    expect(JSON.stringify(read).length).toBeLessThan(2_000)
  })

  it('of strangers have no long names for a result that was found', () => {
    const read = readAnswer(writeAnswer({ type: 'found', id: 1, name: LONG }))
    expect(JSON.stringify(read).length).toBeLessThan(2_000)
  })

  it('are read as the requests that were written', () => {
    fc.assert(
      fc.property(requests, (request) => {
        expect(readRequest(writeRequest(request))).toEqual(request)
      }),
    )
  })

  it('are read as the answers that were written', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        expect(readAnswer(writeAnswer(answer))).toEqual(answer)
      }),
    )
  })

  it('are never taken for one when they are something else', () => {
    const knownTypes = ['call', 'cancel', 'stray', 'value', 'failure', 'empty', 'cancelled']
    const foreign = fc.anything().filter((value) => !(Array.isArray(value) && knownTypes.includes(value[0])))
    fc.assert(
      fc.property(foreign, (message) => {
        expect(readRequest(message)).toBeUndefined()
        expect(readAnswer(message)).toBeUndefined()
      }),
    )
  })

  it.each([
    ['a call without an id', ['call', undefined, 'service', 'of', 'name', [], 1]],
    ['a call numbered 0', ['call', 0, 'service', 'of', 'name', [], 1]],
    ['a call with half an id', ['call', 1.5, 'service', 'of', 'name', [], 1]],
    ['a call into nowhere', ['call', 1, 'elsewhere', 'of', 'name', [], 1]],
    ['a call of no name', ['call', 1, 'service', 'of', 7, [], 1]],
    ['a call whose arguments are no list', ['call', 1, 'service', 'of', 'name', { length: 0 }, 1]],
    ['a call without a timeout', ['call', 1, 'service', 'of', 'name', []]],
    ['a cancellation for a reason of its own', ['cancel', 1, 'whim']],
    ['a cancellation of nothing', ['cancel', '1', 'cancelled']],
    ['an unnamed stray', ['stray', null]],
    ['a stream without a plan', ['stream', 1, 'service', 'of', 'name', []]],
    ['a stream with no room', ['stream', 1, 'service', 'of', 'name', [], { ...PLAN, buffer: 0 }]],
    ['a stream with a rule of its own', ['stream', 1, 'service', 'of', 'name', [], { ...PLAN, overflow: 'whim' }]],
    ['a stream without its words', ['stream', 1, 'service', 'of', 'name', [], { ...PLAN, words: new ArrayBuffer(4) }]],
    ['credit for nothing', ['credit']],
  ])('are no request: %s', (_, message) => {
    expect(readRequest(message)).toBeUndefined()
  })

  it.each([
    ['a value without an id', ['value', undefined, 1]],
    ['a failure without its parts', ['failure', 1, {}]],
    ['an empty outcome of nothing', ['empty']],
    ['values that are no list', ['items', 1, 0, {}]],
    ['values from nowhere', ['items', 1, -1, []]],
  ])('are no answer: %s', (_, message) => {
    expect(readAnswer(message)).toBeUndefined()
  })
})

describe('the first message', () => {
  const { port1: port, port2 } = new MessageChannel()
  port2.close()
  const memory = ConnectionMemory.allocate()
  const hello = helloMessage({ port, memory, threadId: 3 })

  it('is read as it was written', () => {
    expect(readHello(hello)).toMatchObject({ port, threadId: 3, memory: { buffer: memory.buffer } })
  })

  it.each([[undefined], [null], ['text'], [{ type: 'application' }], [[1, 2]]])(
    'is not seen in the message %j',
    (message) => {
      expect(readHello(message)).toBeUndefined()
    },
  )

  it.each([
    ['its version', { 'rx-crochet': 99 }],
    ['it has no port', { port: {} }],
    ['it has no shared memory', { memory: new SharedArrayBuffer(4) }],
    ['it has no thread id', { threadId: '3' }],
  ])('is refused with the reason: %s', (reason, fault) => {
    expect(readHello({ ...hello, ...fault })).toContain(reason)
  })
})
