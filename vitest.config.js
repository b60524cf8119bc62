// @ts-check
// Specs run from the files that tsc made of them. Worker fixtures are then real files, as in a user's project, and what
// is tested is what is published.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

// A spec that looks into lib runs with its modules, by the condition under which package.json exports these; so that there is
// one copy of each. All others run with the package as it is published.
const condition = 'rx-crochet-modules'
const looksIntoLib = (/** @type {string} */ file) => /from '(?:\.\.\/)+lib\//.test(readFileSync(file, 'utf8'))
const filesIn = (/** @type {string} */ folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
        (file) => `${folder}/${file.replaceAll('\\', '/')}`,
      )
    : []
const files = ['dist/spec', 'dist/samples'].flatMap(filesIn).filter((file) => file.endsWith('.spec.js'))

export default defineConfig({
  test: {
    projects: [
      project(
        'package',
        files.filter((file) => !looksIntoLib(file)),
      ),
      project('lib', files.filter(looksIntoLib), [condition]),
    ],
    // On two cores too: most specs wait for threads.
    maxWorkers: 2,
  },
})

/**
 * @param {string} name
 * @param {string[]} include
 * @param {string[]} conditions
 * @returns {import('vitest/config').TestProjectInlineConfiguration}
 */
function project(name, include, conditions = []) {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: ['node', 'import', ...conditions] } },
    test: {
      name,
      include,
      // For the processes that specs start.
      env: Object.fromEntries(conditions.map((one) => ['NODE_OPTIONS', `--conditions=${one}`])),
      // Specs start real threads and hold state for each thread: each file gets a process of its own.
      pool: 'forks',
      execArgv: [
        ...conditions.map((one) => `--conditions=${one}`),
        // For the specs that check that nothing leaks.
        '--expose-gc',
        // Node 20.20 ends the whole process if a thread is terminated while it `require`s an ES module, as Piscina does to
        // load a task's file, and specs end pools whose threads are still loading. Without it Piscina imports the file.
        '--no-experimental-require-module',
      ],
      // Bounds on a hang, not on speed.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      server: {
        deps: {
          // Vite evaluates only the specs themselves. All that they import is imported by Node: a second copy of lib made
          // by Vite, beside the one that worker threads and the reactor import, would have a state and classes of its own.
          external: [/\/dist\/(?!.*\.spec\.js$)/],
        },
      },
    },
  }
}
