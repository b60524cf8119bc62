// As types.ts, for CommonJS.

import crochet = require('rx-crochet')
import caller = require('rx-crochet/caller')

export const reactor: crochet.Reactor = new crochet.Reactor()
// What both entries have is one type.
export const same: typeof caller.blocking = crochet.blocking
// @ts-expect-error
reactor.noSuchMember()
