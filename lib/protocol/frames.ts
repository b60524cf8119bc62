import { fileURLToPath, URL } from 'node:url'
import { ownRoot } from './own-file.js'

/** This package's own folders, as stacks name them: that of the code that runs, and that which source maps lead to. */
const OURS = ownFolders(ownRoot)

const FRAME = /^\s+at /

/** A stack without this package's own frames, which say nothing about the application. */
export function withoutOurFrames(stack: string): string {
  const isOurs = (line: string): boolean => FRAME.test(line) && OURS.some((folder) => line.includes(folder))
  return stack
    .split('\n')
    .filter((line) => !isOurs(line))
    .join('\n')
}

function ownFolders(root: string | undefined): string[] {
  // Bundled into a file of the application, our code can't be told from its.
  if (root === undefined) return []
  const folders = ['lib/', 'package/', '../lib/'].map((folder) => new URL(folder, root))
  return folders.flatMap((folder) => [folder.href, fileURLToPath(folder)])
}
