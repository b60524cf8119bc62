// @ts-check
// Specs run from the files that tsc made of them. Worker fixtures are then real files, as in a user's project, and what
// is tested is what is published.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['dist/spec/**/*.spec.js', 'dist/samples/**/*.spec.js'],
    // Specs start real threads and hold state for each thread: each file gets a process of its own.
    pool: 'forks',
    // On two cores too: most specs wait for threads.
    maxWorkers: 2,
    execArgv: [
      // For the specs that check that nothing leaks.
      '--expose-gc',
      // Node 20.20 ends the whole process if a thread is terminated while it `require`s an ES module, as Piscina does to
      // load a task's file, and specs end pools whose threads are still loading. Without it Piscina imports the file.
      '--no-experimental-require-module',
    ],
    // Bounds on a hang, not on speed.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    server: {
      deps: {
        // Vite evaluates only the specs themselves. All that they import is imported by Node: a second copy of lib made
        // by Vite, beside the one that worker threads and the reactor import, would have a state and classes of its own.
        external: [/\/dist\/(?!.*\.spec\.js$)/],
      },
    },
  },
})
