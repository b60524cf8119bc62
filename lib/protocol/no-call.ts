/**
 * Which names mean no call, whatever a service has. Only the reactor knows what functions there are, so a service answers to
 * any name; and tools ask each object that they show, compare or convert for names of their own, and call what they get.
 *
 * Here are the names that no application would choose, and those that JavaScript itself calls. Words that an application may
 * well choose (`inspect`, `nodeType`, `equals`, `getReader`) are calls: the tools that know them ask for something of this
 * list first, or only look what they are.
 *
 * @module
 */

/** What the language, and tools that look at objects, ask for without being told to. */
export type NoCall =
  | 'then' // `await`
  | 'toJSON' // `JSON.stringify`
  | 'asymmetricMatch' // Jest's `expect`
  | '_isMockFunction' // snapshots
  | 'hasAttribute' // snapshots
  | `@@${string}` // RxJS, React, Immutable, Ramda
  | `$$${string}` // React
  | `__${string}` // transpiled modules, Vue
  | `fantasy-land/${string}`

const NAMES: ReadonlySet<string> = new Set(['then', 'toJSON', 'asymmetricMatch', '_isMockFunction', 'hasAttribute'])
const PREFIX = /^(?:@@|\$\$|__|fantasy-land\/)/

/** Whether that is never a call: a name of those, or what each object has anyway, as `constructor` and `toString`. */
export function isNoCall(name: string): boolean {
  return name in Object.prototype || NAMES.has(name) || PREFIX.test(name)
}

/**
 * Whether a function of that name is an object's own affair, as many have it: to expose such an object is no mistake.
 * A function of any other name that is no call would have been meant to be called.
 */
export function isOwnAffair(name: string): boolean {
  return name in Object.prototype || name === 'toJSON'
}
