/** Says in one line, to the program's user, why something failed. */
export function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure)
  // A failed connection to a host with several addresses is an AggregateError without a message, but with a code.
  const code = 'code' in failure ? String(failure.code) : failure.name
  const [firstLine = ''] = failure.message.split('\n')
  return firstLine === '' ? code : firstLine
}
