import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { concatWith, defer, NEVER } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canSignal } from '../../spec/fixtures/can-signal.js'
import { limitPerHost } from './host-limit.js'
import type { Summary } from './summary.js'

const program = fileURLToPath(new URL('./main.js', import.meta.url))
const packageRoot = fileURLToPath(new URL('../../../', import.meta.url))
const sampleFolder = join('samples', 'link-checker')

const cleanups: (() => Promise<unknown>)[] = []
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'link-checker-'))
  cleanups.push(() => rm(folder, { recursive: true }))
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('the demo', () => {
  it('finds just the links that are broken on purpose, and why', async () => {
    const { status, stdout, stderr } = await run('--json')
    const { broken }: Summary = JSON.parse(stdout)
    const documents = join(sampleFolder, 'documents')
    const found = broken.map((link) => ({ ...link, file: link.file.slice(documents.length + 1) }))
    const expected = await readFile(join(packageRoot, sampleFolder, 'expected.json'), 'utf8')
    expect({ status, found, stderr }).toEqual({
      status: 0,
      found: JSON.parse(expected),
      stderr: 'As expected: just the links that are broken on purpose.\n',
    })
  })

  it('knows which links are broken without HTTP', async () => {
    expect(await run('--offline')).toMatchObject({ status: 0, stdout: expect.stringContaining(' 8 broken') })
  })
})

describe('the report', () => {
  it('names file, line and reason of a broken link, and the status is 1', async () => {
    await write({ 'docs/a.md': '# A\n\nA link\nto [nothing](b.md).\n' })
    const { status, stdout } = await run(folder)
    expect(status).toBe(1)
    expect(stdout).toContain(`${join(folder, 'docs/a.md')}:4  b.md  no such file\n`)
    expect(stdout).toMatch(/^1 file, 1 link \(0 skipped\), 1 broken, \d+\.\d s$/m)
  })

  it('is one line if nothing is broken, and the status is 0', async () => {
    await write({ 'a.md': '[b](b.markdown#its-heading)\n', 'b.markdown': '# Its heading\n' })
    const { status, stdout, stderr } = await run(folder)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^2 files, 1 link \(0 skipped\), 0 broken, \d+\.\d s\n$/)
  })

  it('is a JSON document with --json', async () => {
    await write({ 'a.md': '[gone](gone.md) and [mail](mailto:a@b.invalid)\n' })
    const { status, stdout } = await run(folder, '--json')
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toEqual({
      files: 1,
      links: 2,
      skipped: 1,
      broken: [{ file: join(folder, 'a.md'), line: 1, target: 'gone.md', reason: 'no such file' }],
      problems: [],
      interrupted: false,
      unchecked: { files: 0, links: 0 },
      seconds: expect.any(Number),
    })
  })

  it('lists files that cannot be read, and the status is 1', async () => {
    await write({ 'a.md': '', 'b.md': '' })
    await chmod(join(folder, 'a.md'), 0)
    // The system's administrator may read what is forbidden; but nobody this file of Linux, from its beginning.
    const unreadable = existsSync('/proc/self/mem') ? '/proc/self/mem' : join(folder, 'a.md')
    const { status, stdout } = await run(unreadable, join(folder, 'b.md'))
    expect(status).toBe(1)
    expect(stdout).toMatch(/EIO|EACCES/)
  })
})

describe('local links', () => {
  it('survive whatever a link may look like', async () => {
    await write({
      'a.md': [
        '[a](%ff.md) [b](%00) [c](#%E0%A4%A) [d](</x y>) [e](tel:+1) [f](?q) [g](#) [h](#top)',
        `[long](${'x'.repeat(5000)}) ![data](data:image/png;base64,AAAA) [below a file](a.md/b.md)`,
        '<a href="http://[bad">bad</a> <a href>empty</a> <a href="a.md#X&amp;Y">entity</a> <title> [i](gone.md)',
        '',
        '# `x` & y <a id="X&amp;Y"></a>',
      ].join('\n'),
    })
    const { stdout } = await run(folder, '--offline', '--json')
    const { broken }: Summary = JSON.parse(stdout)
    expect(broken.map(({ line, target }) => `${line} ${target.slice(0, 10)}`)).toEqual([
      '1 %ff.md',
      '1 %00',
      '1 #%E0%A4%25',
      '2 xxxxxxxxxx',
      '2 a.md/b.md',
      '3 gone.md',
    ])
  })

  it('are looked for in node_modules only if the path is in one', async () => {
    await write({ 'a.md': '', 'node_modules/b/b.md': '', 'node_modules/b/node_modules/c/c.md': '', '.git/d.md': '' })
    expect((await run(folder)).stdout).toMatch(/^1 file,/)
    expect((await run(join(folder, 'node_modules'))).stdout).toMatch(/^2 files,/)
  })
})

describe('HTTP', () => {
  it('is asked once for a URL, however many threads and documents have it', async () => {
    const requests: string[] = []
    const { origin } = await serve(({ method, url }, response) => {
      requests.push(`${method} ${url}`)
      response.end()
    })
    const documents = Array.from({ length: 24 }, (_, index) => [`${index}.md`, `[a](${origin}/a#${index})\n`])
    await write(Object.fromEntries(documents))
    expect(await run(folder, '--threads', '8')).toMatchObject({ status: 0 })
    expect(requests).toEqual(['HEAD /a'])
  })

  it('is asked for at most four URLs of a host at a time', async () => {
    const held: ServerResponse[] = []
    let most = 0
    let released = false
    const release = () => {
      if (!(otherHostDone && held.length >= 4)) return
      released = true
      for (const response of held.splice(0)) response.end()
    }
    const { origin } = await serve((_, response) => {
      if (released) return response.end()
      held.push(response)
      most = Math.max(most, held.length)
      release()
    })
    // Its answers go back and forth while the first host holds its own: time enough for a fifth request to get there.
    let otherHostDone = false
    const { origin: otherOrigin } = await serve(({ url }, response) => {
      response.end()
      otherHostDone = url === '/29'
      release()
    })
    const documents = Array.from({ length: 9 }, (_, index) => [`${index}.md`, `[a](${origin}/${index})\n`])
    const roundTrips = Array.from({ length: 30 }, (_, index) => `[b](${otherOrigin}/${index})\n`)
    await write({ ...Object.fromEntries(documents), 'other.md': roundTrips.join('') })
    expect(await run(folder, '--threads', '10')).toMatchObject({ status: 0 })
    expect(most).toBe(4)
  })

  it('is not asked with --offline', async () => {
    let requests = 0
    const { origin } = await serve((_, response) => {
      requests++
      response.end()
    })
    await write({ 'a.md': `[a](${origin}/a)\n` })
    const { status, stdout } = await run(folder, '--offline')
    expect({ status, requests }).toEqual({ status: 0, requests: 0 })
    expect(stdout).toContain('1 link (1 skipped)')
  })
})

it('gives the turn of a caller that left the queue of a host to the next one', () => {
  const started: string[] = []
  const limited = limitPerHost(1)
  const ask = (name: string) => limited('host', defer(() => [started.push(name)]).pipe(concatWith(NEVER))).subscribe()
  const first = ask('first')
  const second = ask('second')
  ask('third')
  second.unsubscribe()
  first.unsubscribe()
  expect(started).toEqual(['first', 'third'])
})

describe.runIf(canSignal)('Ctrl-C', () => {
  it('wakes the threads, prints what is known by then, and the status is 130', async () => {
    const { origin, server } = await serve(() => {})
    const asked = once(server, 'request')
    await write({
      'a.md': `[gone](gone.md)\n[silent](${origin})\n[gone, too](gone-too.md)\n`,
      'b.md': '[waits for its turn](gone.md)\n',
    })
    const { child, ended } = start(folder, '--threads', '1', '--timeout', '600000')
    await asked
    child.kill('SIGINT')
    const { status, stdout, stderr } = await ended
    expect({ status, stderr }).toEqual({ status: 130, stderr: '' })
    expect(stdout).toContain(`${join(folder, 'a.md')}:1  gone.md  no such file\n`)
    expect(stdout).toContain('Interrupted: 1 file and 2 links left unchecked.\n')
    expect(stdout).not.toContain('gone-too.md')
  })

  it('leaves one JSON document with --json', async () => {
    const { origin, server } = await serve(() => {})
    const asked = once(server, 'request')
    await write({ 'a.md': `[silent](${origin})\n` })
    const { child, ended } = start(folder, '--json', '--timeout', '600000')
    await asked
    child.kill('SIGINT')
    const { status, stdout } = await ended
    expect(status).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({ interrupted: true, unchecked: { files: 0, links: 1 } })
  })
})

describe('wrong usage', () => {
  it.each([
    { args: ['--bogus'], line: /^link-checker: Unknown option '--bogus'.* \(see --help\)$/ },
    { args: ['--threads', '0'], line: /^link-checker: --threads takes a whole number from 1 to 128, not `0`$/ },
    { args: ['--threads', '1.5'], line: /^link-checker: --threads takes a whole number from 1 to 128, not `1\.5`$/ },
    { args: ['--threads'], line: /^link-checker: .*--threads.* \(see --help\)$/ },
    { args: ['--threads', '-1'], line: /^link-checker: .*--threads.* \(see --help\)$/ },
    { args: ['--timeout', '0'], line: /^link-checker: --timeout takes a whole number from 1 to \d+, not `0`$/ },
    { args: ['--timeout', 'soon'], line: /^link-checker: --timeout takes a whole number from 1 to \d+, not `soon`$/ },
    { args: ['nowhere'], line: /^link-checker: cannot open `nowhere`: ENOENT: no such file or directory/ },
    { args: [''], line: /^link-checker: cannot open ``/ },
  ])('$args is answered by one line and status 2', async ({ args, line }) => {
    const { status, stdout, stderr } = await run(...args)
    expect({ status, stdout, lines: stderr.split('\n').length }).toEqual({ status: 2, stdout: '', lines: 2 })
    expect(stderr.trimEnd()).toMatch(line)
  })

  it('includes a folder without Markdown', async () => {
    expect(await run(folder)).toEqual({
      status: 2,
      stdout: '',
      stderr: `link-checker: no Markdown files in \`${folder}\`\n`,
    })
  })
})

it('prints its options with --help', async () => {
  const { status, stdout } = await run('--help')
  expect(status).toBe(0)
  for (const option of ['--threads', '--timeout', '--offline', '--json']) expect(stdout).toContain(option)
})

function start(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] })
  cleanups.push(async () => child.kill('SIGKILL'))
  const output = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  return { child, ended: output.then(([[status], stdout, stderr]) => ({ status, stdout, stderr })) }
}

function run(...args: string[]) {
  return start(...args).ended
}

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
}

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return { server, origin: `http://127.0.0.1:${address.port}` }
}
