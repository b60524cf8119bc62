/**
 * A web page that downloads something slow. A visit begins it and returns; a later visit, of the same session, collects it,
 * whatever thread that runs in. The page's code is blocking; `background-download.spec.ts` visits it with a browser.
 *
 * Run: `npm run samples -- background-download`. Prints:
 *
 *     The download has begun; reload this page.
 *     Still downloading; reload this page.
 *     The download: all of it
 *     The download has begun; reload this page.
 */
import { startApp } from './app.js'
import { startSlowSource } from './slow-source.js'

await using source = await startSlowSource()
await using app = await startApp(source.url)
let cookie = ''

await visit()
await visit()
await source.finish('all of it')
await visit()
await visit() // That was collected, so this begins another.

/** As a browser does: with the cookie of the last visit. */
async function visit(): Promise<void> {
  const response = await fetch(app.url, { headers: { cookie } })
  cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  process.stdout.write(`${await response.text()}\n`)
}
