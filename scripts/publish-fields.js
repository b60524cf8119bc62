// @ts-check
// What `npm publish` runs first: fills the fields of package.json that lead to the repository, by where the clone came from.
// A registry shows them, and resolves the README's links by them; before it is published nobody knows the address.
//
// npm reads package.json again after this. The fields stay, to be committed with the release.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const { status, stdout, stderr } = spawnSync('git', ['remote', 'get-url', 'origin'], { encoding: 'utf8' })
if (status !== 0) fail(`git knows no remote \`origin\` (${stderr.trim()})`)

const address = webAddressOf(stdout.trim())
const fields = {
  repository: { type: 'git', url: `git+${address}.git` },
  homepage: `${address}#readme`,
  bugs: `${address}/issues`,
}
const filled = { ...JSON.parse(readFileSync('package.json', 'utf8')), ...fields }
writeFileSync('package.json', `${JSON.stringify(filled, null, 2)}\n`)

/** Of `git@host:owner/name.git`, `ssh://git@host/owner/name` and `https://user:secret@host/owner/name.git`. */
function webAddressOf(/** @type {string} */ remote) {
  const [, host, path] =
    /^(?:(?:https|ssh|git):\/\/)?(?:[^/@]+@)?([\w.-]+\.\w+)(?::\d+(?=\/))?[:/](.+?)(?:\.git)?\/?$/.exec(remote) ?? []
  if (host === undefined || path === undefined) return fail(`the remote \`origin\` is at \`${remote}\``)
  return `https://${host}/${path}`
}

/** @returns {never} */
function fail(/** @type {string} */ why) {
  console.error(
    `publish-fields: ${why}, so nobody could say where the repository is; publish from a clone of its public address`,
  )
  process.exit(1)
}
