/**
 * Servers of NestJS, by either of its adapters.
 *
 * Its decorators are called as functions: they are of the kind before the standard, for whose syntax the whole project would have to
 * be compiled with `experimentalDecorators`.
 */
import 'reflect-metadata'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import {
  type ArgumentsHost,
  type BeforeApplicationShutdown,
  Catch,
  Controller,
  Get,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  Param,
  ServiceUnavailableException,
} from '@nestjs/common'
import { type AbstractHttpAdapter, BaseExceptionFilter, NestFactory } from '@nestjs/core'
import { ReactorStopped } from 'rx-crochet'
import { Application } from './application.js'

/** Tells clients to ask elsewhere. */
class WhenStopped extends BaseExceptionFilter<Error> {
  override catch({ message }: ReactorStopped, host: ArgumentsHost): void {
    super.catch(new ServiceUnavailableException(message), host)
  }
}
Catch(ReactorStopped)(WhenStopped)

export async function serve(adapter: AbstractHttpAdapter, hook: string): Promise<Server> {
  const application = new Application()

  class Requests {
    answer(request: string): Promise<string> {
      return application.answer(Number(request))
    }
  }
  Controller()(Requests)
  Param('request')(Requests.prototype, 'answer', 0)
  Get(':request')(Requests.prototype, 'answer', { value: Requests.prototype.answer })

  /** The order of its hooks is: `onModuleDestroy`, `beforeApplicationShutdown`, the server closes, `onApplicationShutdown`. */
  class Main implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
    async onModuleDestroy(): Promise<void> {
      if (hook === 'stop() in onModuleDestroy') await application.stop()
    }

    async beforeApplicationShutdown(): Promise<void> {
      if (hook === 'stop() in beforeApplicationShutdown') await application.stop()
    }

    async onApplicationShutdown(): Promise<void> {
      if (hook === 'stop() in onApplicationShutdown') await application.stop()
      // Next, Nest ends the process by the signal, which listeners to its end never hear of.
      application.books.print()
    }
  }

  const module = { module: Main, controllers: [Requests] }
  const app = await NestFactory.create(module, adapter, { logger: ['error', 'warn'] })
  const server: Server = app.getHttpServer()
  application.books.watch(server)
  app.use((_request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (!application.keepsAlive(server)) response.setHeader('connection', 'close')
    next()
  })
  app.useGlobalFilters(new WhenStopped(adapter))
  app.enableShutdownHooks(['SIGTERM'])
  await app.listen(0, '127.0.0.1')
  return server
}
