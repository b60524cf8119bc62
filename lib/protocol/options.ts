/**
 * Options as the user gave them: a misspelt one is refused, and what somebody has added to `Object.prototype` is none.
 *
 * @module
 */
import { OPTION_NAMES, type OptionTaker } from './option-names.js'
import { isList, isObjectPrototype } from './realms.js'
import { cut, shown } from './shown.js'

/** Of a longer name no option is meant. */
const LONGEST_NAME = 40

/**
 * A copy of the options that were given, which nobody can change or add to any more.
 *
 * @param taker - What they were given to.
 * @param what - How messages call that, if not by the same name.
 * @throws TypeError if it is no object, or has an option that there isn't.
 */
export function optionsOf<Options extends object>(given: Options, taker: OptionTaker, what: string = taker): Options {
  const own = read(given, OPTION_NAMES[taker], what)
  if (own.unknown !== undefined) throw new TypeError(whyUnknown(own.unknown, taker, what))
  return own.options
}

/** The name of an option that is most likely meant by a wrong one; `undefined` if none is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined
  const wrong = name.toLowerCase()
  const most = Math.max(1, Math.floor(wrong.length / 3))
  const near = names.map((right) => ({ right, by: difference(wrong, right.toLowerCase()) }))
  const [first] = near.filter(({ by }) => by <= most).sort((one, other) => one.by - other.by)
  return first?.right
}

function read<Options extends object>(
  given: Options,
  names: readonly string[],
  what: string,
): { readonly options: Options; readonly unknown: string | undefined } {
  if (typeof given !== 'object' || given === null || isList(given)) throw notOptions(given, what)
  try {
    const unknown = Object.keys(given).find((key) => !names.includes(key))
    // Without a prototype. What it has by these names is what was given.
    const options: Options = Object.create(null)
    for (const name of names) if (isGiven(given, name)) Reflect.set(options, name, Reflect.get(given, name))
    return { options, unknown }
  } catch (cause) {
    throw notOptions(given, what, cause) // a getter, or a Proxy's trap, threw
  }
}

function notOptions(given: unknown, what: string, cause?: unknown): TypeError {
  const why = `${what} takes an object with options; it was given \`${shown(given)}\``
  return cause === undefined
    ? new TypeError(why)
    : new TypeError(`${why}, which could not be read; what it threw is the cause`, { cause })
}

/** Whether it is the object's, or its class's, and not what every object has. */
function isGiven(given: object, name: string): boolean {
  let at: object | null = given
  while (at !== null && !isObjectPrototype(at)) {
    if (Object.hasOwn(at, name)) return true
    at = Object.getPrototypeOf(at)
  }
  return false
}

function whyUnknown(name: string, taker: OptionTaker, what: string): string {
  const wrong = `${what} has no option \`${cut(name)}\``
  const others = takersOf(name)
  if (others.length > 0) return `${wrong}; it is one of ${others.join(', ')}`
  const near = nearest(name, OPTION_NAMES[taker])
  if (near !== undefined) return `${wrong}; did you mean \`${near}\`?`
  const elsewhere = nearest(name, Object.values(OPTION_NAMES).flat())
  if (elsewhere !== undefined) {
    return `${wrong}; did you mean \`${elsewhere}\`, which is one of ${takersOf(elsewhere).join(', ')}?`
  }
  return `${wrong}; it has ${OPTION_NAMES[taker].map((one) => `\`${one}\``).join(', ')}`
}

/** What takes an option of that name, as messages name it. */
function takersOf(name: string): string[] {
  return Object.entries(OPTION_NAMES)
    .filter(([, names]: [string, readonly string[]]) => names.includes(name))
    .map(([taker]) => (taker === 'stop()' ? 'stop() (or of `stop` of new Reactor() and setup())' : taker))
}

/** How many letters are to be added, left out or changed; one, if the shorter is how the longer begins. */
function difference(wrong: string, right: string): number {
  if (wrong === right) return 0
  if (wrong.length >= 3 && (right.startsWith(wrong) || wrong.startsWith(right))) return 1
  let above = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...wrong].entries()) {
    const here = [row + 1]
    for (let at = 1; at <= right.length; at += 1) {
      const changed = (above[at - 1] ?? 0) + (letter === right[at - 1] ? 0 : 1)
      here.push(Math.min(changed, (above[at] ?? 0) + 1, (here[at - 1] ?? 0) + 1))
    }
    above = here
  }
  return above[right.length] ?? 0
}
