import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type App, startApp } from './app.js'
import { launchChromium } from './chromium.js'
import { type SlowSource, startSlowSource } from './slow-source.js'

const begun = 'The download has begun; reload this page.'
const still = 'Still downloading; reload this page.'
let browser: Browser
let source: SlowSource
let app: App

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

beforeEach(async () => {
  source = await startSlowSource()
  app = await startApp(source.url)
})
afterEach(async () => {
  await app[Symbol.asyncDispose]()
  await source[Symbol.asyncDispose]()
})

it('begins a download, says that it goes on, and shows it once', async () => {
  const visitor = await newVisitor()
  expect(await visit(visitor)).toBe(begun)
  expect(await visit(visitor)).toBe(still)
  expect(await visit(visitor)).toBe(still)
  await source.finish('all of it')
  await expect.poll(() => visit(visitor)).toBe('The download: all of it')
  expect(await visit(visitor)).toBe(begun)
})

it('gives each session its own download', async () => {
  const [one, other] = [await newVisitor(), await newVisitor()]
  expect(await visit(one)).toBe(begun)
  expect(await visit(other)).toBe(begun)
  await source.finish('for the first')
  await expect.poll(() => visit(one)).toBe('The download: for the first')
  expect(await visit(other)).toBe(still)
})

it('says that a download failed', async () => {
  const visitor = await newVisitor()
  await visit(visitor)
  await source.finish()
  await expect.poll(() => visit(visitor)).toBe('The download failed: fetch failed')
})

it('begins anew for a cookie that it did not sign, and for one that was used', async () => {
  const visitor = await newVisitor()
  await visit(visitor)
  const [cookie] = await visitor.context().cookies()
  if (!cookie) throw new Error('the page has set no cookie')
  expect(cookie).toMatchObject({ name: 'download', httpOnly: true, sameSite: 'Strict' })

  const [uid] = cookie.value.split('.')
  await visitor.context().addCookies([{ ...cookie, value: `${uid}.forged` }])
  expect(await visit(visitor)).toBe(begun)

  await visitor.context().addCookies([cookie])
  expect(await visit(visitor)).toBe(still) // It was still there: the forged cookie has not touched it.
  await visitor.context().addCookies([cookie])
  expect(await visit(visitor)).toBe(begun)
})

/** With cookies of their own. */
async function newVisitor(): Promise<Page> {
  const context = await browser.newContext()
  return context.newPage()
}

async function visit(page: Page): Promise<string> {
  await page.goto(app.url)
  return page.innerText('body')
}
