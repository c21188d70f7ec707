const opening = '<think>'
const closing = '</think>'

type Say = (kind: 'text' | 'reasoning', text: string) => void

/** Parts text that begins with thoughts in `<think>` tags, however it is cut. */
export class ThinkTags {
  private state: 'start' | 'thinking' | 'done' = 'start'
  private held = ''

  /** Hands on what is certain, and keeps what may yet be a tag. */
  push(text: string, say: Say): void {
    this.held += text
    if (this.state === 'start') {
      const begun = this.held.trimStart()
      if (begun.length < opening.length && opening.startsWith(begun)) return
      this.state = begun.startsWith(opening) ? 'thinking' : 'done'
      if (this.state === 'thinking') this.held = begun.slice(opening.length)
    }
    if (this.state === 'thinking') {
      const end = this.held.indexOf(closing)
      this.flush('reasoning', end === -1 ? this.held.length - possibleTag(this.held) : end, say)
      if (end === -1) return
      this.state = 'done'
      this.held = this.held.slice(closing.length)
    }
    this.flush('text', this.held.length, say)
  }

  /** The text has ended: what was kept is none of a tag. */
  end(say: Say): void {
    this.flush(this.state === 'thinking' ? 'reasoning' : 'text', this.held.length, say)
  }

  private flush(kind: 'text' | 'reasoning', length: number, say: Say): void {
    const text = this.held.slice(0, length)
    this.held = this.held.slice(length)
    if (text !== '') say(kind, text)
  }
}

/** How many characters at the end may begin the closing tag. */
function possibleTag(text: string): number {
  for (let length = Math.min(closing.length - 1, text.length); length > 0; length--) {
    if (closing.startsWith(text.slice(-length))) return length
  }
  return 0
}
