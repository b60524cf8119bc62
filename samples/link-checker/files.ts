import type { Dirent, Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, normalize, resolve, sep } from 'node:path'
import { isMarkdown } from './is-markdown.js'
import { UsageError } from './options.js'
import { reasonOf } from './reason.js'

export interface Problem {
  readonly file: string
  readonly reason: string
}

export interface Found {
  readonly files: readonly string[]
  readonly problems: readonly Problem[]
}

/**
 * Finds the Markdown files in `paths`; a path to a file counts as Markdown whatever its name.
 *
 * @throws UsageError if a path is missing, or if there is no Markdown at all
 */
export async function findMarkdown(paths: readonly string[]): Promise<Found> {
  const files = new Map<string, string>()
  const problems: Problem[] = []
  const add = (file: string) => files.set(resolve(file), file)

  for (const path of paths) {
    const stats = await statPath(path)
    if (stats.isFile()) add(normalize(path))
    else if (stats.isDirectory()) {
      const skippedFolders = resolve(path).split(sep).includes('node_modules') ? ['.git'] : ['.git', 'node_modules']
      await walk(normalize(path), new Set(skippedFolders), add, problems)
    } else throw new UsageError(`\`${path}\` is neither a file nor a folder`)
  }
  if (files.size === 0 && problems.length === 0) throw new UsageError(`no Markdown files in \`${paths.join('`, `')}\``)
  return { files: [...files.values()].sort(), problems }
}

async function statPath(path: string): Promise<Stats> {
  try {
    return await stat(path)
  } catch (cause) {
    throw new UsageError(`cannot open \`${path}\`: ${reasonOf(cause)}`, { cause })
  }
}

async function walk(
  folder: string,
  skippedFolders: ReadonlySet<string>,
  add: (file: string) => void,
  problems: Problem[],
): Promise<void> {
  let entries: Dirent[]
  try {
    entries = await readdir(folder, { withFileTypes: true })
  } catch (error) {
    problems.push({ file: folder, reason: reasonOf(error) })
    return
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isFile() && isMarkdown(entry.name)) add(path)
    // Symbolic links are neither: following them could go round in circles.
    if (entry.isDirectory() && !skippedFolders.has(entry.name)) await walk(path, skippedFolders, add, problems)
  }
}
