/** Whether a file of that name is shown as a page with headings, rather than as its source. */
export function isMarkdown(path: string): boolean {
  return /\.(?:md|markdown)$/i.test(path)
}
