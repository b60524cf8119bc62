// @ts-check
// `npm run matrix`: the specs, those of the samples too, under every major version of Node that is supported; `npm run matrix -- 22`
// under that alone, and `npm run matrix:others` under all but the one that runs this. One that can't be installed is a failure.
// Two of them run over one lane alone each, as `npm run specs:lanes` does, so that it shows if one stands in for the other.

import { delimiter } from 'node:path'
import { addCount } from './counts.js'
import { majors as all, folderOf, otherMajors, packageName, versionIn } from './nodes.js'
import { specs } from './specs.js'

/** @type {Record<string, string>} */
const lanes = { 20: '', 22: 'general', 24: 'fast', 26: '' }
const asked = process.argv.slice(2)
const majors = asked.length === 0 ? all : asked.includes('others') ? otherMajors : asked

const passed = majors.map(passes)
process.exitCode = passed.every(Boolean) ? 0 : 1

function passes(/** @type {string} */ major) {
  const lane = lanes[major] ?? ''
  const check = `specs, Node ${major}${lane && `, ${lane} lane`}`
  const bin = folderOf(major)
  const version = bin && versionIn(bin, major)
  if (!version) {
    console.log(`FAILED  ${check}: ${packageName}@${major} can't be installed`)
    addCount(check, 0, 1)
    return false
  }
  const start = performance.now()
  const PATH = `${bin}${delimiter}${process.env.PATH}`
  const env = { ...process.env, PATH, RX_CROCHET_LANE: lane }
  const passed = [
    specs('specs', [], { check, env }),
    // These take long, and what depends on Node shows soonest in the latest.
    isOlder(major) || specs('processes:specs', [], { check: `processes, Node ${major}`, env }),
    isOlder(major) ||
      // The types of the documents' code don't depend on Node.
      specs('documents:specs', ['--exclude', 'dist/spec/documents.spec.js'], { check: `samples, Node ${major}`, env }),
  ].every(Boolean)
  const seconds = ((performance.now() - start) / 1_000).toFixed()
  console.log(`${passed ? 'ok     ' : 'FAILED '} ${check}: ${version} (${seconds} s)`)
  return passed
}

/** Than another one that is tried. */
function isOlder(/** @type {string} */ major) {
  return major !== majors.at(-1)
}
