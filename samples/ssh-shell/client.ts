import { once } from 'node:events'
import { promisify } from 'node:util'
import ssh, { type ClientChannel, type ConnectConfig } from 'ssh2'
import type { ShellServer } from './shell-server.js'

export interface Shell extends Disposable {
  /** Has the line run, and returns what is printed before the next prompt. */
  run(line: string): Promise<string>
}

const prompt = '> '

/** @throws Error if the server refuses the login, or is another one. */
export async function logIn({ port, publicKey }: ShellServer, who: ConnectConfig): Promise<Shell> {
  const client = await connect({ port, publicKey }, who)
  const channel = await promisify<ClientChannel>((done) => client.shell(false, done))()
  const chunks = channel[Symbol.asyncIterator]()
  await answer(chunks) // the first prompt
  return {
    run(line) {
      channel.write(`${line}\n`)
      return answer(chunks)
    },
    [Symbol.dispose]: () => client.end(),
  }
}

/** Logs in, and no more. */
export async function connect(
  { port, publicKey }: Pick<ShellServer, 'port' | 'publicKey'>,
  who: ConnectConfig,
): Promise<ssh.Client> {
  const expected = ssh.utils.parseKey(publicKey)
  if (expected instanceof Error) throw expected
  const client = new ssh.Client()
  const hostVerifier = (key: Buffer) => key.equals(expected.getPublicSSH())
  client.connect({ host: '127.0.0.1', port, hostVerifier, ...who })
  const refused = once(client, 'close').then(() => Promise.reject(new Error('the server has hung up')))
  await Promise.race([once(client, 'ready'), refused])
  return client
}

async function answer(chunks: AsyncIterator<Buffer>): Promise<string> {
  let text = ''
  while (!text.endsWith(prompt)) {
    const { value, done } = await chunks.next()
    if (done) throw new Error(`the shell has ended; it said ${text}`)
    text += value
  }
  return text.slice(0, -prompt.length)
}
