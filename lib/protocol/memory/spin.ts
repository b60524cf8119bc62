/** What a reactor lets a thread do before it sleeps. */
export const Spin = {
  /** It sleeps at once. */
  NEVER: 0,
  /** It looks for news, unless that was in vain of late. */
  IF_IT_PAYS: 1,
  /** It looks for news, for it has its turn of a core, and others sleep meanwhile. */
  ALWAYS: 2,
} as const
export type Spin = (typeof Spin)[keyof typeof Spin]
