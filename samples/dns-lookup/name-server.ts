/** A DNS server on the loopback interface, so that the samples need no network. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet'

const NXDOMAIN = 3

const records: Answer[] = [
  { type: 'A', name: 'www.example.org', data: '192.0.2.7' },
  { type: 'PTR', name: '7.2.0.192.in-addr.arpa', data: 'www.example.org' },
  { type: 'MX', name: 'example.org', data: { preference: 20, exchange: 'backup.example.org' } },
  { type: 'MX', name: 'example.org', data: { preference: 10, exchange: 'mail.example.org' } },
]

/** @returns Its address, for `setServers()` of a resolver. It keeps no process alive. */
export async function startNameServer(): Promise<string> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { address, port }) => socket.send(answer(query), port, address))
  socket.unref()
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return `127.0.0.1:${socket.address().port}`
}

function answer(query: Buffer): Buffer {
  const { id, questions } = decode(query)
  const answers = records.filter(({ type, name }) =>
    questions?.some((asked) => asked.type === type && asked.name === name),
  )
  const flags = AUTHORITATIVE_ANSWER | (answers.length === 0 ? NXDOMAIN : 0)
  return encode({ type: 'response', id: id ?? 0, flags, questions: questions ?? [], answers })
}
