/**
 * An ESLint rule that has Prettier format each file. ESLint's rules are synchronous and Prettier's functions are not:
 * what the rule calls is `formatter.ts`, which runs in the reactor's thread.
 *
 * Run: `npm run samples -- eslint-format`. Prints:
 *
 *     $ eslint .
 *
 *     greet.js
 *       2:22  error  Replace `name` with `(name)`                                                 format/prettier
 *       3:1   error  Replace `····return·"Hello,·"·+·name·+` with `··return·'Hello,·'·+·name·+·`  format/prettier
 *       7:11  error  Replace `·'Ada','Grace'·` with `'Ada',·'Grace'`                              format/prettier
 *
 *     menu.yaml
 *       1:10  error  Replace `·tea,coffee·` with `tea,·coffee`  format/prettier
 *       2:6   error  Delete `··`                                format/prettier
 *
 *     theme.css
 *       2:1  error  Prettier cannot read this: CssSyntaxError: Unclosed block  format/prettier
 *
 *     ✖ 6 problems (6 errors, 0 warnings)
 *       5 errors and 0 warnings potentially fixable with the `--fix` option.
 *
 *     $ eslint --fix .
 *
 *     theme.css
 *       2:1  error  Prettier cannot read this: CssSyntaxError: Unclosed block  format/prettier
 *
 *     ✖ 1 problem (1 error, 0 warnings)
 *
 *     // Greets whoever is there.
 *     export const greet = (name) => {
 *       return 'Hello, ' + name + '!'
 *     }
 *
 *     export const greetAll = (names) => names.map(greet)
 *     greetAll(['Ada', 'Grace'])
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { files, runEslint } from './run-eslint.js'

report(files)

const copy = mkdtempSync(join(tmpdir(), 'eslint-format-'))
try {
  cpSync(files, copy, { recursive: true })
  report(copy, '--fix')
  process.stdout.write(readFileSync(join(copy, 'greet.js'), 'utf8'))
} finally {
  rmSync(copy, { recursive: true })
}

function report(folder: string, ...options: string[]): void {
  const { stdout, stderr } = runEslint(folder, ...options)
  process.stdout.write(`$ eslint ${[...options, '.'].join(' ')}\n${stdout.replaceAll(folder + sep, '')}${stderr}`)
}
