// @ts-check
// The import rule: who may import whom, and why. `npm run lint:imports` checks it, over the sources and over dist/lib.

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment:
        'Modules in a cycle can only be read and loaded together. A type-only import counts: the reader follows it too.',
      severity: 'error',
      from: { pathNot: '^dist/' },
      to: { circular: true },
    },
    {
      name: 'sides-meet-in-protocol',
      comment:
        'reactor/ and caller/ run in different threads. What both must agree on belongs to protocol/, and nowhere else.',
      severity: 'error',
      from: { path: '^lib/(reactor|caller)/' },
      to: { path: '^lib/(reactor|caller)/', pathNot: '^lib/$1/' },
    },
    {
      name: 'protocol-takes-no-side',
      comment: 'Every thread loads protocol/, so it must bring neither side with it.',
      severity: 'error',
      from: { path: '^lib/protocol/' },
      to: { path: '^lib/(reactor|caller|pool|observe)/' },
    },
    {
      name: 'caller-loads-node-only',
      comment:
        'A calling thread would pay 80 to 100 ms to load RxJS, and more for Piscina and pino. Checked on the compiled ' +
        'files, where only the imports that are left at run time are: the sources may import types.',
      severity: 'error',
      from: { path: '^dist/lib/caller\\.js$' },
      to: { path: '(^|/)node_modules/', reachable: true },
    },
    {
      name: 'lib-stands-alone',
      comment: 'Only lib is published.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(spec|samples|scripts|dist)/' },
    },
    {
      name: 'no-dev-dependencies-in-lib',
      comment: "Nobody who installs the package gets them. A type import counts, as it's left in the published types.",
      severity: 'error',
      from: { path: '^lib/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'no-orphans',
      comment: 'A module in lib that nothing imports and that imports nothing is forgotten code.',
      severity: 'error',
      from: { path: '^lib/', orphan: true },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'No rule can follow an import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Sees the imports that the compiler removes, which are those of types.
    tsPreCompilationDeps: true,
    // Resolves `rx-crochet` and other packages as Node does for an `import`.
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
