/**
 * What there is to see of a service: the object behind its Proxy, which answers where a name means no call.
 *
 * @module
 */
import { inspect } from 'node:util'

/** An object that shows as that text, by whatever means, and compares as equal to itself alone. */
export function faceOf(text: string): object {
  const show = { value: () => text }
  return Object.defineProperties(
    {},
    {
      toJSON: show,
      toString: show,
      toLocaleString: show,
      [inspect.custom]: show,
      // What compares objects does so by their tags, among others; this one has no properties by which it could be told.
      [Symbol.toStringTag]: { value: text },
    },
  )
}
