// Runs esbuild with the options that it is given as JSON.

import { buildSync } from 'esbuild'

const { extension, ...options } = JSON.parse(process.argv[2])
buildSync({ ...options, bundle: true, platform: 'node', outExtension: { '.js': `.${extension}` }, logLevel: 'error' })
