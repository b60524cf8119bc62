import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const main = new URL('./main.js', import.meta.url)

describe('fetch_rate', () => {
  it('keeps rates, but no failures', () => {
    const [gbp, xyz] = ["SELECT fetch_rate('GBP')", "SELECT fetch_rate('XYZ')"]
    const { stdout } = run(gbp, gbp, xyz, xyz)
    expect(stdout.match(/^server: .*/gm)).toEqual(['server: /GBP 200', 'server: /XYZ 404', 'server: /XYZ 404'])
  })

  it('fails as SQL does, after which the database goes on', () => {
    const { status, stdout } = run("SELECT fetch_rate('NEVER')", 'SELECT fetch_rate(NULL) AS rate')
    expect(status).toBe(0)
    expect(stdout.split('\n')).toEqual([
      "> SELECT fetch_rate('NEVER')",
      'SQLite3Error: TimeoutError: Timeout has occurred',
      '> SELECT fetch_rate(NULL) AS rate',
      '{"rate":null}',
      '',
    ])
  })
})

function run(...sql: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(main), ...sql], { encoding: 'utf8' })
  return { status, stdout, stderr }
}
