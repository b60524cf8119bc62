/** A program that serves until it gets a SIGTERM. Its first argument says which server, the second how it is shut down. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Pattern } from './patterns.js'

/** Each process loads the framework of its own server, and no other. */
const servers: Record<Pattern['server'], (hook: string) => Promise<Server>> = {
  plain: async (hook) => (await import('./plain.js')).serve(hook),
  fastify: async (hook) => (await import('./fastify.js')).serve(hook),
  'nest-express': async (hook) => {
    const { ExpressAdapter } = await import('@nestjs/platform-express')
    return (await import('./nest.js')).serve(new ExpressAdapter(), hook)
  },
  'nest-fastify': async (hook) => {
    const { FastifyAdapter } = await import('@nestjs/platform-fastify')
    return (await import('./nest.js')).serve(new FastifyAdapter(), hook)
  },
}

const [, , kind = '', input = ''] = process.argv
const { hook } = JSON.parse(input) as Pick<Pattern, 'hook'> // the spec gives it
const server = await servers[kind as Pattern['server']](hook) // the spec gives it
if (!server.listening) await once(server, 'listening')
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('the server has no port')
console.log(`http://127.0.0.1:${address.port}`)
console.log('ready')
