import { eventualLookup, lookup } from './lookups.js'

export default function addressesOf(hosts: string[]): string[] {
  const answers = hosts.map((host) => eventualLookup(host)) // all are on their way
  const addresses = answers.map((answer) => answer.wait(5_000).address)
  return [...addresses, lookup('localhost').address] // one more, blocking at once
}
