// @ts-check
// `npm run docs`: makes the reference of the API in docs/api, from the comments in lib, and checks its links.

import { spawnSync } from 'node:child_process'
import { addCount } from './counts.js'

const passed =
  run('node_modules/typedoc/bin/typedoc', '--options', 'typedoc.jsonc') &&
  run('dist/samples/link-checker/main.js', '--offline', 'docs/api')
addCount('docs', Number(passed), Number(!passed))
process.exitCode = passed ? 0 : 1

function run(/** @type {string[]} */ ...args) {
  return spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}
