/**
 * A shell into the running process, over SSH: who logs in sees which threads are blocked, and by what; and may help them on.
 *
 * Run: `npm run samples -- ssh-shell`, which logs in by itself; to log in with a client of yours,
 * `node dist/samples/ssh-shell/main.js --serve` says how. Prints:
 *
 *     > reactor.pending().map((call) => call.function)
 *     [ 'approval.next' ]
 *     > approve('Ada')
 *     undefined
 *     deployed 1.4.0, as Ada has approved
 */
import { randomBytes } from 'node:crypto'
import { Reactor } from 'rx-crochet'
import { filter, firstValueFrom, interval } from 'rxjs'
import { logIn } from './client.js'
import { approval, approve } from './deployment.js'
import { startShellServer } from './shell-server.js'

const reactor = new Reactor({ signals: ['SIGINT'] })
reactor.expose('approval', approval)
const pool = reactor.createPool<string, string>({ filename: new URL('./worker.js', import.meta.url).href })
const deployed = pool.run('1.4.0')
await firstValueFrom(interval(10).pipe(filter(() => reactor.pending().length > 0))) // Now it sleeps.

const login = { user: 'admin', password: randomBytes(9).toString('base64url') }
const server = await startShellServer(login, { reactor, approve })
reactor.onShutdown('after', () => server[Symbol.asyncDispose]())

if (process.argv.includes('--serve')) {
  process.stdout.write(`ssh -p ${server.port} ${login.user}@127.0.0.1    # password: ${login.password}\n`)
} else {
  using shell = await logIn(server, { username: login.user, password: login.password })
  for (const line of ['reactor.pending().map((call) => call.function)', "approve('Ada')"]) {
    process.stdout.write(`> ${line}\n${await shell.run(line)}`)
  }
}

process.stdout.write(`${await deployed}\n`)
await reactor.stop()
