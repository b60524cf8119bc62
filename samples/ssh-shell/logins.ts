import { createHash, timingSafeEqual } from 'node:crypto'
import ssh, { type AuthContext, type ParsedKey, type PublicKeyAuthContext } from 'ssh2'

export interface LoginOptions {
  readonly user: string
  readonly password: string
  /** A public key, as in `authorized_keys`, whose owner needs no password. */
  readonly publicKey?: string
  /** So many failed logins in a row, and all are refused for a while. Default: 3. */
  readonly mostFailures?: number
  /** How long that is, in ms. Default: a minute. */
  readonly pause?: number
  /** In ms. */
  readonly now?: () => number
}

/** Decides who may log in, however many connections they try it on. */
export class Logins {
  readonly #options: Required<Omit<LoginOptions, 'publicKey'>>
  readonly #key: ParsedKey | undefined
  #failures = 0
  #lastFailure = 0

  /** @throws Error if `publicKey` is none. */
  constructor({ publicKey, ...options }: LoginOptions) {
    this.#options = { mostFailures: 3, pause: 60_000, now: () => performance.now(), ...options }
    this.#key = publicKey === undefined ? undefined : parseKey(publicKey)
  }

  /** Whether there were too many failures of late. */
  get areBarred(): boolean {
    const { mostFailures, pause, now } = this.#options
    return this.#failures >= mostFailures && now() - this.#lastFailure < pause
  }

  accept(attempt: AuthContext): boolean {
    if (this.areBarred) return false
    const isRight = isSame(attempt.username, this.#options.user) && this.#isProven(attempt)
    // Clients ask what they may try, and which of their keys they are to sign with: neither is a guess.
    if (isProof(attempt)) {
      this.#failures = isRight ? 0 : this.#failures + 1
      this.#lastFailure = this.#options.now()
    }
    return isRight
  }

  #isProven(attempt: AuthContext): boolean {
    if (attempt.method === 'password') return isSame(attempt.password, this.#options.password)
    return attempt.method === 'publickey' && this.#key !== undefined && isOf(this.#key, attempt)
  }
}

function isProof(attempt: AuthContext): boolean {
  return attempt.method === 'publickey' ? attempt.signature !== undefined : attempt.method !== 'none'
}

function isOf(expected: ParsedKey, { key, signature, blob, hashAlgo }: PublicKeyAuthContext): boolean {
  if (!isSame(key.data, expected.getPublicSSH())) return false
  return signature === undefined || (blob !== undefined && expected.verify(blob, signature, hashAlgo) === true)
}

/** Takes as long wherever they differ. */
function isSame(given: string | Buffer, expected: string | Buffer): boolean {
  const digest = (text: string | Buffer) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

function parseKey(text: string): ParsedKey {
  const key = ssh.utils.parseKey(text)
  if (key instanceof Error) throw key
  return key
}
