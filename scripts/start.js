// @ts-check
// `npm start`: the link checker of samples/. In one process with the set-up, so that a signal to this one reaches it, without
// what only some shells have.

import './set-up.js'

await import('../dist/samples/link-checker/main.js')
