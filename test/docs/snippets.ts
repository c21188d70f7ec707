/**
 * The TypeScript of a Markdown text. A block stands for itself; ```` ```ts continue ```` goes on with the block before
 * it; ```` ```ts no-run ```` is compiled and not run, for code that needs what is not there.
 */
export interface Snippet {
  /** The line of the Markdown where it begins, from 1. */
  readonly line: number
  /** As long as the Markdown and with the code on its own lines, so that every message names the right one. */
  readonly code: string
  readonly runs: boolean
}

/** Finds the TypeScript of a Markdown text. */
export function snippetsOf(markdown: string): readonly Snippet[] {
  const lines = markdown.split('\n')
  const snippets: { line: number; code: string[]; runs: boolean }[] = []
  let inside = false
  for (const [index, line] of lines.entries()) {
    const [fence, marks = ''] = /^```(?:ts\b(.*))?/.exec(line) ?? []
    if (inside) {
      if (fence) inside = false
      else snippets.at(-1)!.code[index] = line
    } else if (fence && line.startsWith('```ts')) {
      inside = true
      if (!marks.includes('continue')) {
        snippets.push({ line: index + 1, code: new Array<string>(lines.length).fill(''), runs: true })
      }
      if (marks.includes('no-run')) snippets.at(-1)!.runs = false
    }
  }
  return snippets.map(({ line, code, runs }) => ({ line, code: `${code.join('\n')}\nexport {}\n`, runs }))
}
