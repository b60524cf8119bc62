import type { Rule } from 'eslint'
import differing from 'prettier-linter-helpers'
import { blocking, setup } from 'rx-crochet/caller'

setup()
const formatter = blocking<typeof import('./formatter.js')>(new URL('./formatter.js', import.meta.url), {
  timeout: 30_000,
})

/** A text that Prettier can't read. What its errors have crosses from the reactor's thread with them. */
interface Unreadable extends SyntaxError {
  readonly loc: { readonly start: { readonly line: number; readonly column: number } }
}

/** ESLint calls rules synchronously, and wants their reports by the time they return. */
export const prettierRule: Rule.RuleModule = {
  meta: {
    type: 'layout',
    fixable: 'code',
    messages: {
      insert: 'Insert `{{ insertText }}`',
      delete: 'Delete `{{ deleteText }}`',
      replace: 'Replace `{{ deleteText }}` with `{{ insertText }}`',
      unreadable: 'Prettier cannot read this: {{ reason }}',
    },
  },
  create: (context) => ({
    Program() {
      const { text } = context.sourceCode
      try {
        reportDifferences(context, formatter.format(text, context.filename)) // this thread sleeps meanwhile
      } catch (error) {
        if (!isUnreadable(error)) throw error // ESLint shows it, with the stacks of both threads.
        reportUnreadable(context, error)
      }
    },
  }),
}

function reportDifferences(context: Rule.RuleContext, formatted: string): void {
  const { sourceCode } = context
  for (const difference of differing.generateDifferences(sourceCode.text, formatted)) {
    const { operation, offset } = difference
    const deleteText = operation === 'insert' ? '' : difference.deleteText
    const insertText = operation === 'delete' ? '' : difference.insertText
    const end = offset + deleteText.length
    context.report({
      messageId: operation,
      data: { deleteText: differing.showInvisibles(deleteText), insertText: differing.showInvisibles(insertText) },
      loc: { start: sourceCode.getLocFromIndex(offset), end: sourceCode.getLocFromIndex(end) },
      fix: (fixer) => fixer.replaceTextRange([offset, end], insertText),
    })
  }
}

function reportUnreadable(context: Rule.RuleContext, { message, loc }: Unreadable): void {
  context.report({
    messageId: 'unreadable',
    data: { reason: message.replace(/ \(\d+:\d+\)\n.*$/s, '') }, // ESLint shows the place itself.
    loc: { line: loc.start.line, column: loc.start.column - 1 },
  })
}

function isUnreadable(error: unknown): error is Unreadable {
  return error instanceof SyntaxError && 'loc' in error
}
