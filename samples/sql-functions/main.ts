/**
 * SQL functions that fetch over HTTP. SQLite calls a function synchronously, and goes on with what that returns; so this
 * program is synchronous from its first line to its last, and what takes time runs in the reactor's thread.
 *
 * Run: `npm run samples -- sql-functions`; with SQL of yours: `node dist/samples/sql-functions/main.js "SELECT …"`. Prints:
 *
 *     > SELECT fetch_rate('EUR')
 *     server: /EUR 200
 *     {"fetch_rate('EUR')":1}
 *     > SELECT name, fetch_rate(code) AS rate FROM currencies
 *     server: /CHF 200
 *     server: /GBP 200
 *     server: /JPY 503
 *     server: /JPY 200
 *     {"name":"franc","rate":0.94}
 *     {"name":"pound","rate":0.86}
 *     {"name":"yen","rate":163.2}
 *     > SELECT name FROM currencies WHERE fetch_rate(code) < 1
 *     {"name":"franc"}
 *     {"name":"pound"}
 *     > SELECT fetch_rate('XYZ')
 *     server: /XYZ 404
 *     SQLite3Error: RateError: 404 Not Found: /XYZ
 */
import sqlite from 'node-sqlite3-wasm'
import { blocking, setup } from 'rx-crochet/caller'

const examples = [
  "SELECT fetch_rate('EUR')",
  'SELECT name, fetch_rate(code) AS rate FROM currencies',
  'SELECT name FROM currencies WHERE fetch_rate(code) < 1', // The rates are known by now.
  "SELECT fetch_rate('XYZ')",
]

setup()
const server = blocking<typeof import('./rate-server.js')>(new URL('./rate-server.js', import.meta.url), {
  timeout: 5_000,
})
const rates = blocking<typeof import('./rates.js')>(new URL('./rates.js', import.meta.url), { timeout: 5_000 })

const origin = server.listen()
const database = new sqlite.Database()
database.exec(`
  CREATE TABLE currencies (code, name);
  INSERT INTO currencies VALUES ('CHF', 'franc'), ('GBP', 'pound'), ('JPY', 'yen');
`)
database.function('fetch_rate', (code) => (code === null ? null : rates.fetchRate(origin, String(code))))

const [, , ...statements] = process.argv
for (const sql of statements.length > 0 ? statements : examples) print(sql)
database.close()

function print(sql: string): void {
  process.stdout.write(`> ${sql}\n`)
  try {
    for (const row of database.all(sql)) process.stdout.write(`${JSON.stringify(row)}\n`)
  } catch (error) {
    process.stdout.write(`${error}\n`) // SQLite's own, that has our error's name and message
  }
}
