import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Logger, LogLevel } from '../../lib/protocol/logger.js'
import { Log } from '../../lib/reactor/log.js'

const program = fileURLToPath(new URL('../fixtures/log-program.js', import.meta.url))
const run = promisify(execFile)

describe('the default logger', () => {
  it('writes warnings to standard error, and leaves standard output to the program', async () => {
    const { stdout, stderr } = await run(process.execPath, [program])
    expect(stdout).toBe('the program’s own\n')
    expect(JSON.parse(stderr)).toMatchObject({ name: 'rx-crochet', level: 40, msg: expect.stringContaining('Ignored') })
  })

  it('says nothing of warnings when only errors are asked for', async () => {
    const { stderr } = await run(process.execPath, [program, 'error'])
    expect(stderr).toBe('')
  })
})

describe('a logger of the application', () => {
  const recorded = (): { logger: Logger; said: string[] } => {
    const said: string[] = []
    const say = (_: object, message: string): void => void said.push(message)
    const logger: Logger = { debug: say, info: say, warn: say, error: say, child: () => logger }
    return { logger, said }
  }

  it.each<[LogLevel | undefined, string[]]>([
    [undefined, ['careful']],
    ['debug', ['careful']],
    ['warn', ['careful']],
    ['error', []],
    ['silent', []],
  ])('with logLevel %s is given the warnings %j', (level, expected) => {
    const { logger, said } = recorded()
    new Log(logger, level).warn('careful')
    expect(said).toEqual(expected)
  })

  it.each<LogLevel>(['info', 'error', 'silent'])('is given all of it from when the level is changed: %s', (level) => {
    const { logger, said } = recorded()
    const log = new Log(logger, level)
    log.write({ level: 'debug', message: 'before', details: {} })
    log.level = 'debug'
    log.write({ level: 'debug', message: 'after', details: {} })
    expect(said).toEqual(['after'])
    expect(log.level).toBe('debug')
    expect(() => {
      log.level = Object('loud')
    }).toThrow('logLevel is to be')
  })

  it('may throw', () => {
    const { logger } = recorded()
    logger.warn = () => {
      throw new Error('disk full')
    }
    expect(() => new Log(logger, undefined).warn('careful')).not.toThrow()
  })
})
