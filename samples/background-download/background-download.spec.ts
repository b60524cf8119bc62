import { CookieJar } from 'tough-cookie'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type App, startApp } from './app.js'
import { type SlowSource, startSlowSource } from './slow-source.js'

const begun = 'The download has begun; reload this page.'
const still = 'Still downloading; reload this page.'
let source: SlowSource
let app: App

beforeEach(async () => {
  source = await startSlowSource()
  app = await startApp(source.url)
})
afterEach(async () => {
  await app[Symbol.asyncDispose]()
  await source[Symbol.asyncDispose]()
})

it('begins a download, says that it goes on, and shows it once', async () => {
  const visitor = new CookieJar()
  expect(await visit(visitor)).toBe(begun)
  expect(await visit(visitor)).toBe(still)
  expect(await visit(visitor)).toBe(still)
  await source.finish('all of it')
  await expect.poll(() => visit(visitor)).toBe('The download: all of it')
  expect(await visit(visitor)).toBe(begun)
})

it('gives each session its own download', async () => {
  const [one, other] = [new CookieJar(), new CookieJar()]
  expect(await visit(one)).toBe(begun)
  expect(await visit(other)).toBe(begun)
  await source.finish('for the first')
  await expect.poll(() => visit(one)).toBe('The download: for the first')
  expect(await visit(other)).toBe(still)
})

it('says that a download failed', async () => {
  const visitor = new CookieJar()
  await visit(visitor)
  await source.finish()
  await expect.poll(() => visit(visitor)).toBe('The download failed: fetch failed')
})

it('begins anew for a cookie that it did not sign, and for one that was used', async () => {
  const visitor = new CookieJar()
  await visit(visitor)
  const [cookie] = await visitor.getCookies(app.url)
  if (!cookie) throw new Error('the page has set no cookie')
  expect(cookie).toMatchObject({ key: 'download', httpOnly: true, sameSite: 'strict' })

  const [uid] = cookie.value.split('.')
  await visitor.setCookie(`${cookie.key}=${uid}.forged`, app.url)
  expect(await visit(visitor)).toBe(begun)

  await visitor.setCookie(cookie, app.url)
  expect(await visit(visitor)).toBe(still) // It was still there: the forged cookie has not touched it.
  await visitor.setCookie(cookie, app.url)
  expect(await visit(visitor)).toBe(begun)
})

/** Visits the page as a browser does that has these cookies, and takes the ones that it is given. */
async function visit(visitor: CookieJar): Promise<string> {
  const response = await fetch(app.url, { headers: { cookie: await visitor.getCookieString(app.url) } })
  for (const cookie of response.headers.getSetCookie()) await visitor.setCookie(cookie, app.url)
  return response.text()
}
