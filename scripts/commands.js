// @ts-check
// How the checks that use the package as its users do run programs, and have it packed and installed.

import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const bound = 120_000

/** Packs the package into a folder, and installs the tarball in a project that is there. */
export function packAndInstall(/** @type {string} */ folder, /** @type {string} */ project) {
  npm(root, ['pack', '--pack-destination', folder])
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const others = ['rxjs', 'piscina', '@types/node'].map((name) => `${name}@${packages[`node_modules/${name}`].version}`)
  npm(project, ['install', '--no-audit', '--no-fund', tarballIn(folder), ...others])
}

export function tarballIn(/** @type {string} */ folder) {
  const [name = ''] = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  return join(folder, name)
}

export function npm(/** @type {string} */ cwd, /** @type {string[]} */ args) {
  return run('npm', cwd, ['--loglevel=error', ...args])
}

export function node(/** @type {string} */ cwd, /** @type {string[]} */ args) {
  return run(process.execPath, cwd, args)
}

export function run(/** @type {string} */ command, /** @type {string} */ cwd, /** @type {string[]} */ args) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: bound,
    shell: command === 'npm' && process.platform === 'win32', // there it is a batch file
    killSignal: 'SIGKILL',
  })
  if (status === 0) return stdout
  throw failed(command, args, error?.message ?? signal ?? `status ${status}`, stdout + stderr)
}

/**
 * As `run`, for programs that run beside each other.
 *
 * @param {string} command
 * @param {string} cwd
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string>}
 */
export function begin(command, cwd, args, env = process.env) {
  const options = /** @type {const} */ ({ cwd, env, encoding: 'utf8', timeout: bound, killSignal: 'SIGKILL' })
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { ...options, maxBuffer: Infinity }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(failed(command, args, error.signal ?? `status ${error.code}`, stdout + stderr))
    })
    child.stdin?.end()
  })
}

function failed(
  /** @type {string} */ command,
  /** @type {string[]} */ args,
  /** @type {string} */ end,
  /** @type {string} */ output,
) {
  return new Error(`\`${command} ${args.join(' ')}\` ended with ${end}\n${output}`)
}

/** Runs one check, and says whether it passed. */
export function check(/** @type {string} */ name, /** @type {() => void} */ isTrue) {
  try {
    isTrue()
    console.log(`ok      ${name}`)
    return true
  } catch (error) {
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message : error}`)
    return false
  }
}
