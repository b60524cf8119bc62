import { describe, expect, it } from 'vitest'
import { urlPrefixes } from '../../lib/protocol/url-prefixes.js'

const option = 'options.allowModule'

describe('a list of what URLs begin with', () => {
  it.each<[string, unknown, string]>([
    ['a scheme', 'node:', 'node:'],
    ['a scheme of files', 'file:', 'file:'],
    ['a built-in module', 'node:dns', 'node:dns'],
    ['a URL', new URL('file:///app/modules/'), 'file:///app/modules/'],
    ['a host, to its end', 'https://example.org', 'https://example.org/'],
    ['a path with a space', 'file:///my app/', 'file:///my%20app/'],
    ['a path that goes up', 'file:///app/lib/../modules/', 'file:///app/modules/'],
  ])('may have %s', (_, entry, prefix) => {
    expect(urlPrefixes([entry], option)).toEqual([prefix])
  })

  it.each<[string, unknown]>([
    ['no list', 'file:'],
    ['a pattern', /^file:/],
    ['a list of something else', [5]],
    ['a path', ['/app/modules']],
    ['a path that is relative', ['./modules']],
    ['nothing', ['']],
    ['what can be no text', [Object.create(null)]],
    ['a hole', Array(1)],
  ])('is refused, if it is %s', (_, list) => {
    expect(() => urlPrefixes(list, option)).toThrow(TypeError)
    expect(() => urlPrefixes(list, option)).toThrow(/options\.allowModule .*a list such as `\['file:', 'node:dns'\]`/)
  })
})
