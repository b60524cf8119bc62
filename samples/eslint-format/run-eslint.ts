import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const eslint = fileURLToPath(new URL('bin/eslint.js', import.meta.resolve('eslint/package.json')))

/** This sample's configuration, for any folder. */
export const config = fileURLToPath(new URL('./eslint.config.js', import.meta.url))

/** The files with something to report, as they are in the sources. */
export const files = fileURLToPath(new URL('../../../samples/eslint-format/files', import.meta.url))

/** Runs ESLint's command line for a folder. */
export function runEslint(folder: string, ...options: string[]) {
  const args = [eslint, '--config', config, ...options, '.']
  return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
}
