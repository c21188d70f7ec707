const opening = '<think>'
const closing = '</think>'

/**
 * Parts text that begins with thoughts in `<think>` tags, however it is cut: hands on what is certain, and keeps what
 * may yet be a tag, until it is called for the last time.
 */
export function thinkTags(say: (thought: boolean, text: string) => void): (text: string, last?: true) => void {
  /** Undefined at the start. */
  let thinking: boolean | undefined
  let held = ''

  function flush(length: number): void {
    if (length > 0) say(!!thinking, held.slice(0, length))
    held = held.slice(length)
  }

  return (text, last) => {
    held += text
    if (thinking === undefined) {
      const begun = held.trimStart()
      if (!last && begun.length < opening.length && opening.startsWith(begun)) return
      thinking = begun.startsWith(opening)
      if (thinking) held = begun.slice(opening.length)
    }
    if (thinking) {
      const end = held.indexOf(closing)
      flush(end >= 0 ? end : held.length - (last ? 0 : possibleTag(held)))
      if (end < 0) return
      thinking = false
      held = held.slice(closing.length)
    }
    flush(held.length)
  }
}

/** How many characters at the end may begin the closing tag. */
function possibleTag(text: string): number {
  let length = Math.min(closing.length - 1, text.length)
  while (!text.endsWith(closing.slice(0, length))) length--
  return length
}
