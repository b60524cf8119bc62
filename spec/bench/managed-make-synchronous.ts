import makeSynchronous from 'make-synchronous'

export const echo = makeSynchronous(async (value: unknown) => value)
