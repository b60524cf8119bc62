import { expect, it } from 'vitest'
import { UnknownFunctionError } from '../../lib/errors.js'
import { functionOf } from '../../lib/reactor/services.js'

const NAMES = Object.getOwnPropertyNames(Object.prototype)

class Service {
  fine(): string {
    return 'fine'
  }
}

it.each<[what: string, make: () => object]>([
  ['an object literal', () => ({ fine: () => 'fine' })],
  ['an object without prototype', () => Object.assign(Object.create(null), { fine: () => 'fine' })],
  ['a class instance', () => new Service()],
])('no function of Object.prototype can be called, be it an own one, of %s', (_, make) => {
  const own = make()
  for (const name of NAMES) Object.defineProperty(own, name, { value: () => 'called' })
  for (const object of [make(), own]) {
    for (const name of NAMES) expect(() => functionOf(object, name, 'It')).toThrow(UnknownFunctionError)
    expect(functionOf(object, 'fine', 'It').self).toBe(object)
  }
})

it('what a module exports is called, if another than Node has evaluated it', () => {
  const fine = (): string => 'fine'
  const exported = { get: () => fine, enumerable: true, configurable: true }
  const module = Object.create(null, { [Symbol.toStringTag]: { value: 'Module' }, fine: exported })
  expect(functionOf(module, 'fine', 'It').fn).toBe(fine)
  const other = Object.create(null, { fine: exported })
  expect(() => functionOf(other, 'fine', 'It')).toThrow(UnknownFunctionError)
})
