/** The ways in which applications close a server and stop a reactor, and what becomes of requests in each. */

export interface Pattern {
  /** Which program has the server; the names of NestJS are followed by that of its adapter. */
  readonly server: 'plain' | 'fastify' | 'nest-express' | 'nest-fastify'
  /** When it closes its server, or stops its reactor; each program knows its own. */
  readonly hook: string
  /** Which requests have an answer of 200: all, or those whose task was submitted before `stop()`; later ones have 503. */
  readonly succeed: 'all' | 'begun'
  /** The signal by its default, or that there is nothing left to do. */
  readonly endsBy: 'the signal' | 'itself'
}

/** Its reactor has the signal, and closes the server first. */
const before = { succeed: 'all', endsBy: 'the signal' } as const
/** Its server goes on accepting while the reactor stops. */
const meanwhile = { succeed: 'begun', endsBy: 'the signal' } as const
/** Its server has closed when the reactor is stopped. */
const later = { succeed: 'all', endsBy: 'the signal' } as const

export const patterns: readonly Pattern[] = [
  { server: 'plain', hook: '`before` returns the server', ...before },
  { server: 'plain', hook: '`before` returns a promise', ...before },
  { server: 'fastify', hook: '`before` closes the app', ...before },
  { server: 'fastify', hook: 'stop() in preClose', ...meanwhile, endsBy: 'itself' },
  { server: 'nest-express', hook: 'stop() in onModuleDestroy', ...meanwhile },
  { server: 'nest-express', hook: 'stop() in beforeApplicationShutdown', ...meanwhile },
  { server: 'nest-fastify', hook: 'stop() in onModuleDestroy', ...meanwhile },
  { server: 'nest-fastify', hook: 'stop() in beforeApplicationShutdown', ...meanwhile },
  { server: 'plain', hook: 'stop() when it has closed', ...later, endsBy: 'itself' },
  { server: 'fastify', hook: 'stop() in onClose', ...later, endsBy: 'itself' },
  { server: 'nest-express', hook: 'stop() in onApplicationShutdown', ...later },
  { server: 'nest-fastify', hook: 'stop() in onApplicationShutdown', ...later },
]

/** Whether the framework itself answers 503 to requests that come while it is closing. Both that do are Fastify. */
export function refuses(server: Pattern['server']): boolean {
  return server.endsWith('fastify')
}
