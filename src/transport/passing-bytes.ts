import type { Frame, Passthrough } from '../dialects/dialect.ts'
import { Envelope } from '../dialects/envelope.ts'
import { sse } from '../dialects/sse.ts'
import { utf8Reader } from '../dialects/utf8.ts'

/**
 * Lets the bytes of a server-sent event stream through, and decodes only the frames that may say something of
 * usage, end or error. Hands on whole frames, so that what we asked for ourselves can be taken out again.
 */
export class PassingBytes {
  /** About how many characters of content passed with the last bytes: never under. */
  size = 0
  readonly #passthrough: Passthrough<never>
  readonly #request: { readonly extensions?: unknown }
  readonly #onFrame: (frame: Frame) => void
  readonly #utf8 = utf8Reader(true)
  /** A frame that does not matter. */
  readonly #harmless: Envelope | undefined
  readonly #encoder = new TextEncoder()
  #kept: Uint8Array[] = []
  #rest = ''
  /** The length of the shortest frame: what surrounds its content. */
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
    this.size = 0
    return text === '' ? undefined : this.#select(text, onFrame)
  }

  #scan(bytes: Uint8Array, onFrame: (frame: Frame) => void): Uint8Array | undefined {
    const text = this.#utf8.read(bytes)
    // One whole frame, as most reads are: its bytes go on as they came, unless it matters.
    const first = text.indexOf('\n\n')
    const whole = this.#rest === '' && first > 0 && first === text.length - 2 && isCharacterStart(bytes[0])
    if (whole && !this.#matters(text)) {
      this.#measure(text.length, 1)
      return bytes
    }
    const all = this.#rest + text
    const end = lastFrameEnd(all)
    // A copy: a slice would keep all of the text alive.
    this.#rest = ` ${all.slice(end)}`.slice(1)
    this.size = 0
    return end === 0 ? undefined : this.#select(all.slice(0, end), onFrame)
  }

  #matters(frame: string): boolean {
    if (this.#harmless?.contentOf(frame) !== undefined) return false
    if (this.#passthrough.matters(frame)) return true
    this.#harmless?.learn(frame)
    return false
  }

  /** Decodes the frames that matter, and leaves out those that the application did not ask for. */
  #select(text: string, onFrame: (frame: Frame) => void): Uint8Array | undefined {
    const { matters, injected } = this.#passthrough
    const frames = text.split(/(?<=\r\n\r\n|\n\n|\r\r)/)
    this.#measure(text.length, frames.length)
    let kept = ''
    for (const frame of frames) {
      let dropped = false
      if (matters(frame)) {
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

  /** The shortest frame tells what surrounds the content of each. */
  #measure(length: number, frames: number): void {
    this.#envelope = Math.min(this.#envelope, Math.floor(length / frames))
    this.size = Math.max(frames, length - frames * this.#envelope)
  }
}

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
