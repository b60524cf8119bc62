import { checkLinks } from './check.js'
import { startDemo } from './demo.js'
import { findMarkdown } from './files.js'
import { help, type Options, parseOptions, UsageError } from './options.js'
import { report } from './report.js'
import { type Summary, summarize } from './summary.js'

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`link-checker: ${error.message.replace(/\s*\n\s*/g, ' ')}`)
  process.exitCode = 2
}

async function main(args: string[]): Promise<number> {
  const options = parseOptions(args)
  if (options.help) {
    process.stdout.write(help)
    return 0
  }
  return options.paths.length === 0 ? checkSamples(options) : checkPaths(options)
}

async function checkPaths(options: Options): Promise<number> {
  const found = await findMarkdown(options.paths)
  const summary = summarize(found, await checkLinks(found.files, options))
  print(summary, options)
  if (summary.interrupted) return 130
  return summary.broken.length + summary.problems.length > 0 ? 1 : 0
}

/** The sample documents have broken links on purpose: it is a success to find just those. */
async function checkSamples(options: Options): Promise<number> {
  await using demo = await startDemo(options)
  const found = await findMarkdown([demo.folder])
  const summary = summarize(found, await checkLinks(found.files, { ...options, interceptor: demo.interceptor }))
  print(summary, options)
  if (summary.interrupted) return 130
  const surprises = demo.surprises(summary.broken)
  // Not on stdout, where `--json` allows nothing but the document.
  console.error(
    surprises.length === 0 ? 'As expected: just the links that are broken on purpose.' : surprises.join('\n'),
  )
  return surprises.length === 0 ? 0 : 1
}

function print(summary: Summary, { json }: Options): void {
  console.log(json ? JSON.stringify(summary, undefined, 2) : report(summary))
}
