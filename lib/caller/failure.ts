import { inspect } from 'node:util'

type ErrorClass = abstract new (...args: never[]) => unknown

/** A failed call's failure, to look at without throwing it. After Twisted's class of that name. */
export class Failure {
  /** What was thrown: an error, or whatever it was. */
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }

  /** The class of what was thrown; `undefined` for `undefined`, `null` and objects without one. */
  get type(): unknown {
    return this.value === undefined || this.value === null ? undefined : Reflect.get(Object(this.value), 'constructor')
  }

  getErrorMessage(): string {
    return this.value instanceof Error ? this.value.message : inspect(this.value)
  }

  /** The stack of the reactor's side, with those of its causes; for the log. */
  getTraceback(): string {
    return inspect(this.value)
  }

  /** The first of these classes of which the thrown thing is an instance; `null` if it is of none. */
  check<Classes extends readonly ErrorClass[]>(...classes: Classes): Classes[number] | null {
    return classes.find((one) => this.value instanceof one) ?? null
  }

  /**
   * As `check`, but for failures of other classes, which are thrown on.
   *
   * @throws The thrown thing, if it is an instance of none of these classes.
   */
  trap<Classes extends readonly ErrorClass[]>(...classes: Classes): Classes[number] {
    const found = this.check(...classes)
    if (found === null) throw this.value
    return found
  }
}
