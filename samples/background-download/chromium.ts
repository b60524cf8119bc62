import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** @throws Error that says how to get a Chromium, if there is none. */
export function launchChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM || usualPlaces.find((place) => existsSync(place))
  if (!executablePath) {
    throw new Error(
      `there is no Chromium at ${usualPlaces.join(', ')}; install one (on Debian: apt-get install chromium), or set CHROMIUM to the path of yours`,
    )
  }
  // Its own sandbox does not start for root, as in a container; what it visits here are our own pages.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}
