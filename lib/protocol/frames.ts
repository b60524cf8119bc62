import { fileURLToPath, URL } from 'node:url'

/** This package's own folders, as stacks name them: that of the code that runs, and that which source maps lead to. */
const OURS = ownFolders(import.meta.url)

const FRAME = /^\s+at /

/** A stack without this package's own frames, which say nothing about the application. */
export function withoutOurFrames(stack: string): string {
  const isOurs = (line: string): boolean => FRAME.test(line) && OURS.some((folder) => line.includes(folder))
  return stack
    .split('\n')
    .filter((line) => !isOurs(line))
    .join('\n')
}

function ownFolders(here: string): string[] {
  // As modules, or as the package has them. Bundled into a file of the application, our code can't be told from its.
  const root = /^(.*\/dist\/)(?:lib\/protocol\/frames|package\/chunks\/[^/]+)\.js$/.exec(here)?.[1]
  if (root === undefined) return []
  const folders = ['lib/', 'package/', '../lib/'].map((folder) => new URL(folder, root))
  return folders.flatMap((folder) => [folder.href, fileURLToPath(folder)])
}
