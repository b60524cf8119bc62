import { promises } from 'node:dns'

export async function addressOf(host: string): Promise<string> {
  const { address } = await promises.lookup(host, { family: 4 })
  return address
}
