import GithubSlugger from 'github-slugger'
import { Parser } from 'htmlparser2'
import MarkdownIt from 'markdown-it'

export interface Link {
  readonly target: string
  readonly line: number
}

export interface Markdown {
  readonly links: readonly Link[]
  /** In lower case, as GitHub compares them: heading slugs, and the `id`s and `<a name>`s of embedded HTML. */
  readonly anchors: ReadonlySet<string>
}

const markdown = new MarkdownIt({ html: true, linkify: true })
// Fuzzy matches would make links of `node.js` and `someone@example.org`; GitHub links bare URLs only.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })

// markdown-it says the lines of blocks only. A paragraph may be long, so its tokens get their line within the block.
markdown.inline.State = class extends markdown.inline.State {
  override push(type: string, tag: string, nesting: -1 | 0 | 1) {
    const token = super.push(type, tag, nesting)
    const line = this.src.slice(0, this.pos).split('\n').length - 1
    token.map = [line, line + 1]
    return token
  }
}

// "Disallowed Raw HTML" of GitHub Flavored Markdown. It is text there; as HTML, a stray `<title>` in a sentence would
// hide the rest of the document.
const disallowedTags = /<(?=\/?(?:title|textarea|style|xmp|iframe|noembed|noframes|script|plaintext)\b)/gi

const headingTag = /^h[1-6]$/

/** Reads the links and anchors of the page that GitHub makes of `text`: both those of Markdown and of HTML in it. */
export function readMarkdown(text: string): Markdown {
  const links: Link[] = []
  const anchors = new Set<string>()
  const slugger = new GithubSlugger()
  let line = 1
  let tag = ''
  let heading = ''

  const page = new Parser({
    onopentagname(name) {
      tag = name
      if (headingTag.test(name)) heading = ''
    },
    onattribute(name, value) {
      if (name === 'id' || (name === 'name' && tag === 'a')) anchors.add(value.toLowerCase())
      if ((name === 'href' && tag === 'a') || (name === 'src' && tag === 'img')) {
        links.push({ line, target: markdown.normalizeLink(value.trim()) })
      }
    },
    ontext(words) {
      heading += words
    },
    onclosetag(name) {
      if (headingTag.test(name)) anchors.add(slugger.slug(heading))
    },
  })

  // Line by line: the parser reports an attribute while it is given the line where the attribute ends.
  const write = (html: string) => {
    for (const piece of html.replace(disallowedTags, '&lt;').split(/(?<=\n)/)) {
      page.write(piece)
      if (piece.endsWith('\n')) line++
    }
  }

  const environment = {}
  let blockLine = 1
  for (const block of markdown.parse(text, environment)) {
    // Closing tokens and table cells have no lines of their own.
    if (block.map) blockLine = block.map[0] + 1
    line = blockLine
    if (block.type !== 'inline') write(markdown.renderer.render([block], markdown.options, environment))
    for (const token of block.children ?? []) {
      if (token.map) line = blockLine + token.map[0]
      write(markdown.renderer.renderInline([token], markdown.options, environment))
    }
  }
  page.end()
  return { links, anchors }
}
