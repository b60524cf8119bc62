import { once } from 'node:events'
import { start } from 'node:repl'
import { Transform } from 'node:stream'
import ssh, { type Connection, type PseudoTtyInfo, type ServerChannel, type Session } from 'ssh2'
import { type LoginOptions, Logins } from './logins.js'

export interface ShellServer extends AsyncDisposable {
  readonly port: number
  /** By which clients recognise this server. */
  readonly publicKey: string
}

/**
 * Lets who logs in over SSH run JavaScript in this process, in its main loop. Of SSH there is nothing else: no commands, files
 * or forwarding.
 *
 * @param context - What they find there, by name.
 */
export async function startShellServer(logins: LoginOptions, context: object): Promise<ShellServer> {
  // In earnest it would be kept in a file, so that clients know it again. Of the ed25519 keys that ssh2 makes it can't read one
  // in 256: https://github.com/mscdex/ssh2/issues/1513
  const hostKey = ssh.utils.generateKeyPairSync('ecdsa', { bits: 256 })
  const connections = new Set<Connection>()
  const rules = new Logins(logins)

  const server = new ssh.Server({ hostKeys: [hostKey.private] }, (connection) => {
    connections.add(connection)
    connection.on('close', () => connections.delete(connection))
    connection.on('error', () => connection.end())
    connection.on('authentication', (attempt) => {
      if (rules.accept(attempt)) attempt.accept()
      else if (rules.areBarred) connection.end()
      else attempt.reject(['publickey', 'password'])
    })
    connection.on('session', (accept) => serveShell(accept(), context))
  })
  server.listen(0, '127.0.0.1') // nobody from outside
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')

  return {
    port: address.port,
    publicKey: hostKey.public,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const connection of connections) connection.end()
      await closed
    },
  }
}

function serveShell(session: Session, context: object): void {
  let terminal: PseudoTtyInfo | undefined
  session.on('pty', (accept, _, info) => {
    terminal = info
    accept?.()
  })
  session.on('shell', (accept) => {
    const channel = accept()
    const output = terminal ? terminalOf(channel, terminal) : channel
    const shell = start({ prompt: '> ', input: channel, output, terminal: terminal !== undefined })
    Object.assign(shell.context, context)
    channel.on('close', () => shell.close())
    shell.on('exit', () => {
      channel.exit(0)
      channel.end()
    })
  })
}

/** A terminal expects that lines end with a carriage return, too; and the shell wants to know how wide it is. */
function terminalOf(channel: ServerChannel, { cols: columns }: PseudoTtyInfo): Transform {
  const output = new Transform({
    transform: (chunk, _, done) => done(null, String(chunk).replaceAll('\n', '\r\n')),
  })
  output.pipe(channel)
  return Object.assign(output, { columns })
}
