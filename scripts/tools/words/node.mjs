// Gives `node --test` the words of Jest that the tests are written in.

import { after, before, describe, test } from 'node:test'
import { expect } from 'expect'

Object.assign(globalThis, { expect, describe, test, beforeAll: before, afterAll: after })
