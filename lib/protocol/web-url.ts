/** What to say of a URL of the web that stands where a file's should; empty for any other. */
export function hintOf(url: string): string {
  if (!/^https?:/.test(url)) return ''
  return (
    '; a test in a DOM environment, as jsdom or happy-dom, gets such a URL of `new URL(…, import.meta.url)`: ' +
    "give `pathToFileURL('/its/path')` of node:url, or run the test in the environment `node`"
  )
}
