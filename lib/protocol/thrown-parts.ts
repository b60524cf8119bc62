/** A table of parts; the thrown thing is the first. Parts refer to each other by index, so causes may be circular. */
export interface EncodedThrown {
  readonly parts: readonly Part[]
}

export type Part = ErrorPart | ListPart | RecordPart | MapPart | SetPart | ValuePart

export interface ErrorPart {
  readonly type: 'error'
  /** Names of the classes that this side knows, the nearest first: the other side takes the first that it knows too. */
  readonly classes: readonly string[]
  readonly message: string
  readonly stack: string
  /** If it is none of the properties, its class says it; the other side's may say something else. */
  readonly name: string
  /** The part that its class says, if it does; the other side's may say something else, or nothing. */
  readonly code?: number
  readonly properties: readonly Property[]
}

/** An array, with holes where it has no properties. */
export interface ListPart {
  readonly type: 'list'
  readonly length: number
  readonly properties: readonly Property[]
}

/** A plain object; or an instance of a class, whose own properties it keeps, as in a structured clone. */
export interface RecordPart {
  readonly type: 'record'
  readonly properties: readonly Property[]
}

export interface MapPart {
  readonly type: 'map'
  readonly entries: readonly (readonly [key: number, value: number])[]
}

export interface SetPart {
  readonly type: 'set'
  readonly members: readonly number[]
}

/** Anything else: a clone, or a text if there is none. */
export interface ValuePart {
  readonly type: 'value'
  readonly value: unknown
}

export interface Property {
  /** Symbols don't cross: a registered one is named, and any other becomes the text that it is shown as. */
  readonly key: string | { readonly registered: string }
  readonly enumerable: boolean
  readonly part: number
}
