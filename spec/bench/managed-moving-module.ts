import { move } from 'rx-crochet/caller'

export async function giveBack(bytes: Uint8Array): Promise<Uint8Array> {
  return move(bytes)
}
