/**
 * Which servers take the mail of a domain: a plain synchronous command, over DNS queries that are not.
 *
 * Run: `npm run samples -- mx-query`, which asks a DNS server of its own; yours: `node dist/samples/mx-query/main.js DOMAIN…`.
 * Prints:
 *
 *     example.org: mail.example.org, backup.example.org
 *     example.com: queryMx ENOTFOUND example.com
 */
import { blocking, setup } from 'rx-crochet/caller'

setup()
const mail = blocking<typeof import('./mail.js')>(new URL('./mail.js', import.meta.url), { timeout: 10_000 })

const [, , ...domains] = process.argv
if (domains.length === 0) {
  mail.useLocalServer()
  domains.push('example.org', 'example.com')
}

for (const domain of domains) {
  try {
    process.stdout.write(`${domain}: ${mail.servers(domain).join(', ')}\n`)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    process.stdout.write(`${domain}: ${error.message}\n`)
  }
}
