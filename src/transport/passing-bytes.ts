import type { Frame, Passthrough } from '../dialects/dialect.ts'
import { Envelope } from '../dialects/envelope.ts'
import { maxEventSize, sse, tooLarge } from '../dialects/sse.ts'
import { ownCopy, utf8Reader } from '../dialects/utf8.ts'

/**
 * Lets the bytes of a server-sent event stream through, and decodes only the frames that may say something of
 * usage, end or error. Hands on whole frames, so that what we asked for ourselves can be taken out again.
 */
export class PassingBytes {
  /** About how many bytes of content passed with the last read: never under. */
  size = 0
  readonly #passthrough: Passthrough<never>
  readonly #request: { readonly extensions?: unknown }
  readonly #onFrame: (frame: Frame) => void
  readonly #utf8 = utf8Reader(true)
  /** A frame that does not matter. */
  readonly #harmless: Envelope | undefined
  readonly #encoder = new TextEncoder()
  #kept: Uint8Array[] = []
  /** A frame that has begun, and its last characters. */
  #rest = ''
  #seam = ''
  /** The least that surrounds the content of a frame. */
  #envelope = Number.POSITIVE_INFINITY

  constructor(
    passthrough: Passthrough<never>,
    request: { readonly extensions?: unknown },
    onFrame: (frame: Frame) => void,
  ) {
    this.#passthrough = passthrough
    this.#harmless = passthrough.content && new Envelope(passthrough.content)
    this.#request = request
    this.#onFrame = onFrame
  }

  /** Keeps bytes that were decoded already, for whoever will want them. */
  keep(bytes: Uint8Array | undefined): void {
    if (bytes) this.#kept.push(bytes)
  }

  /** Whether something is kept that nobody has taken. */
  get holds(): boolean {
    return this.#kept.length > 0
  }

  /** What was kept, once; of a stream that is over, its unterminated end too. */
  take(over: boolean): Uint8Array | undefined {
    let passed: Uint8Array | undefined
    while (!passed && this.#kept.length > 0) passed = this.#scan(this.#kept.shift()!, ignore)
    return passed ?? (over ? this.#last(ignore) : undefined)
  }

  /** The whole frames that are there now. */
  pass(bytes: Uint8Array): Uint8Array | undefined {
    return this.#scan(bytes, this.#onFrame)
  }

  /** The stream has ended: what is left, without its terminator. */
  end(): Uint8Array | undefined {
    return this.#last(this.#onFrame)
  }

  #last(onFrame: (frame: Frame) => void): Uint8Array | undefined {
    const text = this.#rest + this.#utf8.end()
    this.#rest = ''
    this.#seam = ''
    this.size = 0
    return text === '' ? undefined : this.#select(text, onFrame)
  }

  #scan(bytes: Uint8Array, onFrame: (frame: Frame) => void): Uint8Array | undefined {
    const text = this.#utf8.read(bytes)
    // One whole frame, as most reads are: its bytes go on as they came, unless it matters.
    const first = text.indexOf('\n\n')
    const whole = this.#rest === '' && first > 0 && first === text.length - 2 && isCharacterStart(bytes[0])
    const size = whole ? this.#sizeOf(text) : undefined
    if (size !== undefined) {
      this.size = size
      return bytes
    }
    this.size = 0
    // What came before holds no end, but for the beginning of one: a picture is not looked through again with each read.
    const news = this.#seam + text
    const end = lastFrameEnd(news)
    if (end === 0) {
      this.#rest += text
      this.#seam = news.slice(-longestSeam)
      if (this.#rest.length > maxEventSize) throw tooLarge()
      return undefined
    }
    const all = this.#rest + text
    const at = all.length - news.length + end
    this.#rest = ownCopy(all.slice(at))
    this.#seam = this.#rest.slice(-longestSeam)
    return this.#select(all.slice(0, at), onFrame)
  }

  /** Decodes the frames that matter, and leaves out those that the application did not ask for. */
  #select(text: string, onFrame: (frame: Frame) => void): Uint8Array | undefined {
    const { injected } = this.#passthrough
    const frames = text.split(/(?<=\r\n\r\n|\n\n|\r\r)/)
    let kept = ''
    for (const frame of frames) {
      let dropped = false
      const size = this.#sizeOf(frame)
      if (size !== undefined) this.size += size
      else {
        const parser = sse((parsed) => {
          dropped = injected?.(parsed.data, this.#request) ?? false
          onFrame(parsed)
        })
        parser.feed(this.#encoder.encode(frame))
        parser.end()
      }
      if (!dropped) kept += frame
    }
    return kept === '' ? undefined : this.#encoder.encode(kept)
  }

  /** How much a frame says; undefined of one that matters, which is decoded. */
  #sizeOf(frame: string): number | undefined {
    const content = this.#harmless?.contentOf(frame)
    if (content !== undefined) return sizeOfText(content, 0)
    if (this.#passthrough.matters(frame)) return undefined
    this.#harmless?.learn(frame)
    let said = 0
    for (const name of this.#passthrough.says) said += sizeOfField(frame, name)
    // Of a frame without such fields, all that the smallest envelope leaves.
    const size = said || Math.max(1, frame.length - this.#envelope)
    this.#envelope = Math.min(this.#envelope, frame.length - said)
    return size
  }
}

/** How many bytes the texts of that name have at most, as JSON writes them. */
function sizeOfField(frame: string, name: string): number {
  const key = `"${name}"`
  let size = 0
  for (let at = frame.indexOf(key); at >= 0; at = frame.indexOf(key, at)) {
    at += key.length
    if (frame.startsWith(':"', at)) size += sizeOfText(frame, at + 2)
    else if (frame.startsWith(': "', at)) size += sizeOfText(frame, at + 3)
  }
  return size
}

/** How many bytes a text has at most, from there to the quote that ends it. */
function sizeOfText(text: string, from: number): number {
  let size = 0
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) break
    if (code === 0x5c) at++
    size += code > 0x7f ? 3 : 1
  }
  return size
}

/** How much of a blank line may have come before its last character. */
const longestSeam = '\r\n\r'.length

function lastFrameEnd(text: string): number {
  const ends = ['\n\n', '\r\n\r\n', '\r\r'].map((blank) => {
    const at = text.lastIndexOf(blank)
    return at === -1 ? 0 : at + blank.length
  })
  return Math.max(...ends)
}

/** Not the rest of a UTF-8 character whose beginning came in another read. */
function isCharacterStart(byte = 0): boolean {
  return (byte & 0xc0) !== 0x80
}

function ignore(): void {}
