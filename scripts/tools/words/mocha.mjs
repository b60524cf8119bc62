// Gives mocha the words of Jest that the tests are written in.

import { expect } from 'expect'

Object.assign(globalThis, { expect, test: it, beforeAll: before, afterAll: after })
