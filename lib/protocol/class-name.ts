import { nameOfFunction } from './shown.js'

/**
 * The class of an object, with its article: `an ArrayBuffer`, `a Tinypool`. By its constructor first, for of some of Node's own classes
 * `Object.prototype.toString` says the one that they extend.
 */
export function classWithArticle(object: object): string {
  const name = classNameOf(object)
  // A name that begins with a U, as `Uint8Array`, is spoken as one that begins with a Y.
  return `${/^[AEIO]/i.test(name) ? 'an' : 'a'} ${name}`
}

export function classNameOf(object: object): string {
  try {
    for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
      const name = nameOfMaker(at)
      if (name !== undefined && name !== 'Object') return name
    }
    return Object.prototype.toString.call(object).slice('[object '.length, -1)
  } catch {
    return 'Object' // it does not let itself be looked at
  }
}

/** Not by a getter, which would be the application's code. */
function nameOfMaker(prototype: object): string | undefined {
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return typeof maker === 'function' ? nameOfFunction(maker) || undefined : undefined
}
