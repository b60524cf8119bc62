/** What a managed reactor imports. It imports nothing itself, as little as what the peers run does. */
export async function echo(value: unknown): Promise<unknown> {
  return value
}
