import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import ssh, { type ClientChannel, type ConnectConfig } from 'ssh2'
import { afterEach, describe, expect, it } from 'vitest'
import { connect, logIn } from './client.js'
import type { LoginOptions } from './logins.js'
import { type ShellServer, startShellServer } from './shell-server.js'

const ours = ssh.utils.generateKeyPairSync('ecdsa', { bits: 256 })
const theirs = ssh.utils.generateKeyPairSync('ecdsa', { bits: 256 })
const right = { username: 'admin', password: 'open sesame' }
const wrong = { username: 'admin', password: 'open barley' }
const refusal = 'All configured authentication methods failed'
const clients: ssh.Client[] = []
let server: ShellServer | undefined

afterEach(async () => {
  for (const client of clients.splice(0)) client.end()
  await server?.[Symbol.asyncDispose]()
  server = undefined
})

describe('the shell', () => {
  it('runs JavaScript in this process', async () => {
    const stock = { lamps: 1 }
    using shell = await logIn(await start({}, { stock }), right)
    expect(await shell.run('stock.lamps += 2')).toBe('3\n')
    expect(stock).toEqual({ lamps: 3 })
  })

  it('shows what is thrown, and goes on', async () => {
    using shell = await logIn(await start(), right)
    expect(await shell.run("throw new RangeError('too far')")).toMatch(/RangeError: too far/)
    expect(await shell.run('1 + 1')).toBe('2\n')
  })

  it('awaits promises', async () => {
    using shell = await logIn(await start(), right)
    expect(await shell.run('await Promise.resolve(7)')).toBe('7\n')
  })

  it('ends by `.exit`, with status 0', async () => {
    const channel = await shellOf(await loggedIn(right))
    const exit = once(channel, 'exit')
    channel.write('.exit\n')
    expect(await exit).toEqual([0])
  })

  it('has lines that end as a terminal has them, where there is one', async () => {
    const channel = await shellOf(await loggedIn(right), { term: 'vt100', cols: 100, rows: 20 })
    channel.write('[1, 2]\r.exit\r')
    expect(await text(channel)).toContain('\r\n[ 1, 2 ]\r\n')
  })

  it('is all there is: no commands, no files', async () => {
    const client = await loggedIn(right)
    await expect(promisify<ClientChannel>((done) => client.exec('id', done))()).rejects.toThrow('Unable to exec')
    await expect(promisify<unknown>((done) => client.sftp(done))()).rejects.toThrow('Unable to start subsystem: sftp')
  })

  it('is there for this machine only', async () => {
    await expect(loggedIn({ ...right, host: '127.0.0.2', readyTimeout: 2_000 })).rejects.toThrow()
  })

  it('ends with its server', async () => {
    const client = await loggedIn(right)
    const closed = once(client, 'close')
    await server?.[Symbol.asyncDispose]()
    await closed
    server = undefined
  })
})

describe('a login', () => {
  it('may be by key', async () => {
    await start({ publicKey: ours.public })
    await expect(loggedIn({ username: 'admin', privateKey: ours.private })).resolves.toBeDefined()
  })

  it.each([
    ['another password', wrong],
    ['another user', { ...right, username: 'root' }],
    ['another key', { username: 'admin', privateKey: theirs.private }],
    ['nothing', { username: 'admin' }],
  ])('with %s is refused', async (_, who) => {
    await start({ publicKey: ours.public })
    await expect(loggedIn(who)).rejects.toThrow(refusal)
  })

  it('with a key is refused where none is known', async () => {
    await expect(loggedIn({ username: 'admin', privateKey: ours.private })).rejects.toThrow(refusal)
  })

  it('is refused to who knows the public key only', async () => {
    await start({ publicKey: ours.public })
    await expect(loggedIn({ username: 'admin', authHandler: [impostor()] })).rejects.toThrow(refusal)
  })

  it('is refused to everybody for a while after three that failed', async () => {
    let now = 0
    await start({ pause: 60_000, now: () => now })
    await expect(loggedIn(wrong)).rejects.toThrow(refusal)
    await expect(loggedIn(wrong)).rejects.toThrow(refusal)
    await expect(loggedIn(wrong)).rejects.toThrow('the server has hung up')
    now += 59_999
    await expect(loggedIn(right)).rejects.toThrow('the server has hung up')
    await expect(loggedIn({ ...right, authHandler: ['password'] })).rejects.toThrow('the server has hung up')
    now += 1
    await expect(loggedIn(right)).resolves.toBeDefined()
  })

  it('that succeeds forgives those before', async () => {
    await start({ mostFailures: 2 })
    await expect(loggedIn(wrong)).rejects.toThrow(refusal)
    await expect(loggedIn(right)).resolves.toBeDefined()
    await expect(loggedIn(wrong)).rejects.toThrow(refusal)
    await expect(loggedIn(right)).resolves.toBeDefined()
  })

  it('that only asks whether a key will do is no failure', async () => {
    await start({ mostFailures: 1, publicKey: ours.public })
    await expect(
      loggedIn({ ...right, privateKey: theirs.private, authHandler: ['publickey', 'password'] }),
    ).resolves.toBeDefined()
  })
})

/** Says that it has our key, but signs with its own. */
function impostor(): ssh.PublicKeyAuthMethod {
  const [known, own] = [ours.public, theirs.private].map((key) => {
    const parsed = ssh.utils.parseKey(key)
    if (parsed instanceof Error) throw parsed
    return parsed
  })
  if (!known || !own) throw new Error('there are no keys')
  return { type: 'publickey', username: 'admin', key: Object.assign(own, { getPublicSSH: () => known.getPublicSSH() }) }
}

async function start(logins: Partial<LoginOptions> = {}, context: object = {}): Promise<ShellServer> {
  server = await startShellServer({ user: right.username, password: right.password, ...logins }, context)
  return server
}

async function loggedIn(who: ConnectConfig): Promise<ssh.Client> {
  const client = await connect(server ?? (await start()), who)
  clients.push(client)
  return client
}

function shellOf(client: ssh.Client, terminal: ssh.PseudoTtyOptions | false = false): Promise<ClientChannel> {
  return promisify<ClientChannel>((done) => client.shell(terminal, done))()
}
