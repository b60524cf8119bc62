import type { Linter } from 'eslint'

const start = { line: 1, column: 0 }

/** For languages that ESLint doesn't know: a program of no statements, to which rules about the text apply. */
export const anyText: Linter.Parser = {
  meta: { name: 'any-text' },
  parse: (text: string) => ({
    type: 'Program',
    sourceType: 'module',
    body: [],
    comments: [],
    tokens: [],
    range: [0, text.length],
    loc: { start, end: start },
  }),
}
