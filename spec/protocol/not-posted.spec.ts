import { MessageChannel } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { move, unpack } from '../../lib/protocol/move.js'
import { notPosted, refuseMoved } from '../../lib/protocol/not-posted.js'

const fn = function close() {}
const circular: { self?: unknown; fn: unknown } = { fn }
circular.self = circular

/** What is said of a value that is posted, or of arguments. */
function said(marked: unknown, name: 'value' | 'arguments' = 'value'): string {
  const { value, transfer } = unpack(marked)
  try {
    refuseMoved(transfer)
    structuredClone(value, { transfer: [...transfer] })
    return ''
  } catch (cause) {
    return notPosted(Error, 'It', { value, transfer, name }, cause).message
  }
}

function movedBefore<T extends ArrayBuffer | NodeJS.ArrayBufferView>(bytes: T): T {
  structuredClone(0, { transfer: [ArrayBuffer.isView(bytes) ? (bytes.buffer as ArrayBuffer) : bytes] }) // made here
  return bytes
}

describe('what cannot be posted', () => {
  it.each([
    ['a function itself', fn, '`value` (the function `close`)'],
    ['a property', { a: { b: fn } }, '`value.a.b` (the function `close`)'],
    ['an item', [1, [2, fn]], '`value[1][1]` (the function `close`)'],
    ['a property that is no identifier', { 'content-type': fn }, '`value["content-type"]`'],
    ['an unnamed function', { a: [() => 1][0] }, '`value.a` (a function)'],
    ['a symbol', { tag: Symbol('tag') }, '`value.tag` (Symbol(tag))'],
    ['the value of a Map', new Map([['key', fn]]), '`value.values()[0]`'],
    ['the key of a Map', new Map([[fn, 1]]), '`value.keys()[0]`'],
    ['a member of a Set', new Set([1, fn]), '`value.values()[1]`'],
    ['something in a circle', circular, '`value.fn`'],
  ])('is named, with its place: %s', (_, value, where) => {
    expect(said(value)).toContain(`It: because of ${where}`)
  })

  it.each([
    ['a function', { fn }, "(the function `close`); functions don't cross threads"],
    ['an object that no clone is made of', new WeakMap(), '(a WeakMap); plain data can be copied'],
    ['a promise', { later: Promise.resolve() }, '(a Promise); `await` it before'],
    [
      'a getter',
      {
        get a() {
          return assertNever()
        },
      },
      '`value.a` (a getter that throws: read); give the values themselves',
    ],
    ['a Proxy', new Proxy({}, {}), '`value` (a Proxy); give a plain copy of what it stands for'],
    ['a Proxy of something that has none', { it: new Proxy({ fn }, {}) }, '`value.it` (a Proxy)'],
    ['a port', new MessageChannel().port1, '`value` (a MessagePort); transfer it by `move()`'],
    [
      'a port within',
      { port: new MessageChannel().port1 },
      '`value.port` (a MessagePort); transfer it by `move()`, as an argument or a result of its own',
    ],
    ['a stream', { out: new WritableStream() }, '(a WritableStream); transfer it by `move()`, as'],
    [
      'move() within',
      { bytes: move(new Uint8Array(1)) },
      '`value.bytes` (what `move()` gave); `move()` takes a whole argument or a whole result, and no part',
    ],
    [
      'a view that was moved',
      movedBefore(new Uint8Array(8)),
      '`value` (a Uint8Array whose memory was moved, so it is empty here); move a copy',
    ],
    [
      'a buffer that was moved',
      { it: movedBefore(new ArrayBuffer(8)) },
      '`value.it` (an ArrayBuffer whose memory was moved',
    ],
    [
      'move() of a view, again',
      move(movedBefore(new Uint8Array(8))),
      'It: what `move()` was given had been moved before, so it is empty here; move a copy',
    ],
    [
      'move() of a buffer, again',
      move(movedBefore(new ArrayBuffer(8))),
      'It: what `move()` was given had been moved before',
    ],
    [
      'move() of what stays',
      move({ a: 1 }),
      /^It: it could not be transferred \(Found invalid .*\); `move\(\)` takes an `ArrayBuffer`/,
    ],
    ['an instance of a class without a name', new (class extends WeakMap {})(), '(a WeakMap)'],
    ['a generator', (function* () {})(), '(a Generator)'],
    ['what has no class', Object.setPrototypeOf(new WeakSet(), null), '(an Object)'],
  ])('is told what to do about it: %s', (_, value, why) => {
    expect(said(value)).toEqual(typeof why === 'string' ? expect.stringContaining(why) : expect.stringMatching(why))
  })

  it.each([
    ['an argument', [1, new MessageChannel().port1], '`arguments[1]` (a MessagePort); transfer it by `move()`'],
    [
      'a part of one',
      [{ a: new MessageChannel().port1 }],
      '`arguments[0].a` (a MessagePort); transfer it by `move()`, as',
    ],
  ])('is found among arguments: %s', (_, value, why) => {
    expect(said(value, 'arguments')).toContain(why)
  })

  it('is looked for in what is not transferred', () => {
    const { port1 } = new MessageChannel()
    const posted = { value: [port1, { fn }], transfer: [port1] }
    expect(notPosted(Error, 'It', posted, new Error('why')).message).toContain('`value[1].fn`')
  })

  it('is never the cause of another error, whatever it is', () => {
    const refuses = new Proxy({}, { ownKeys: () => assertNever(), getPrototypeOf: () => assertNever() })
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const says = (value: unknown): Error => notPosted(RangeError, 'It', { value, transfer: [] }, new Error('why'))
    for (const value of [refuses, proxy, { refuses }, [proxy], new Map([[refuses, fn]]), Object.create(refuses)]) {
      expect(says(value)).toBeInstanceOf(RangeError)
    }
    fc.assert(fc.property(fc.anything(), (value) => void expect(says(value)).toBeInstanceOf(RangeError)))
  })
})

function assertNever(): never {
  throw new Error('read')
}
