import type { AnswerOptions } from './answer.ts'
import { closing, type StreamFrame } from './wire-format.ts'

/** How a body stops: at its end, with an error inside it, by a broken connection, or not at all. */
export type Ending = 'end' | 'fail' | 'die' | 'stall'

/** One read of a body. */
export interface Write extends Omit<StreamFrame, 'text' | 'bytes'> {
  readonly bytes: Uint8Array
}

/** What goes wrong with a body, of all that an answer says. */
export type Mishaps = Pick<AnswerOptions, 'cut' | 'dieAfter' | 'stallAfter' | 'cutOffAfter' | 'malformedAfter'>

/** Lets happen to a streamed body what the answer asks for. */
export function playStream(
  frames: Iterable<StreamFrame>,
  mishaps: Mishaps,
  failure?: { readonly after: number; readonly frame: (sent: string) => string },
  encode?: (text: string) => Uint8Array,
): Generator<Write, Ending, undefined> {
  return cutOff(cutUp(mishap(frames, mishaps, failure), mishaps.cut, encode), mishaps.cutOffAfter)
}

/** Lets happen to a whole body what the answer asks for. */
export function playWhole(body: string, mishaps: Mishaps): Generator<Write, Ending, undefined> {
  return cutOff(cutUp(breakOff(spoilWhole(body, mishaps), mishaps), mishaps.cut), mishaps.cutOffAfter)
}

/** The body as it is after all that can be done to it at once; undefined when it must be played. */
export function wholeAtOnce(body: string, mishaps: Mishaps): string | undefined {
  const { cut, dieAfter, stallAfter, cutOffAfter } = mishaps
  const isPlayed = [cut, dieAfter, stallAfter, cutOffAfter].some((option) => option !== undefined)
  return isPlayed ? undefined : spoilWhole(body, mishaps)
}

function spoilWhole(body: string, { malformedAfter }: Mishaps): string {
  return malformedAfter === undefined ? body : spoil(body)
}

function* mishap(
  frames: Iterable<StreamFrame>,
  { dieAfter, stallAfter, malformedAfter }: Mishaps,
  failure: Parameters<typeof playStream>[2],
): Generator<StreamFrame, Ending, undefined> {
  let said = 0
  let sent = ''
  let isSpoilt = false
  for (const frame of frames) {
    // A mishap happens in front of the next chunk; one that is set for later than the last, in front of the end.
    const isDue = (after: number | undefined): boolean =>
      after !== undefined && frame.place !== 'opening' && (said >= after || frame.place === 'closing')
    if (isDue(dieAfter)) return 'die'
    if (isDue(stallAfter)) return 'stall'
    if (isDue(failure?.after)) {
      yield { text: failure!.frame(sent), place: 'content', tokens: 0, reasoningTokens: 0 }
      return 'fail'
    }
    const spoils = !isSpoilt && isDue(malformedAfter)
    if (spoils) isSpoilt = true
    if (failure) sent += frame.text
    yield spoils ? { ...frame, text: spoil(frame.text) } : frame
    if (frame.place === 'content') said++
  }
  return 'end'
}

function* breakOff(body: string, { dieAfter, stallAfter }: Mishaps): Generator<StreamFrame, Ending, undefined> {
  const ending: Ending = dieAfter !== undefined ? 'die' : stallAfter !== undefined ? 'stall' : 'end'
  yield closing(ending === 'end' ? body : body.slice(0, body.length >> 1))
  return ending
}

/** Leaves out the last brace, and the framing as it is. */
function spoil(text: string): string {
  const brace = text.lastIndexOf('}')
  return text.slice(0, brace) + text.slice(brace + 1)
}

const encoder = /* @__PURE__ */ new TextEncoder()

/** Cuts a body into reads of given sizes, across frames and characters; without sizes a frame is a read. */
function* cutUp(
  frames: Generator<StreamFrame, Ending, undefined>,
  cut: number | readonly number[] | undefined,
  encode = (text: string): Uint8Array => encoder.encode(text),
): Generator<Write, Ending, undefined> {
  const sizes = cut === undefined ? [] : [cut].flat()
  if (sizes.some((size) => !(size >= 1))) throw new RangeError('A body can be cut into reads of one byte or more.')
  let position = 0
  let held: Uint8Array = new Uint8Array(0)
  let write: Omit<Write, 'bytes'> = { place: 'opening', tokens: 0, reasoningTokens: 0 }
  for (;;) {
    const { done, value } = frames.next()
    if (done) {
      if (held.length > 0) yield { ...write, bytes: held }
      return value
    }
    const { text, place, tokens, reasoningTokens, bytes = encode(text) } = value
    if (sizes.length === 0) {
      yield { bytes, place, tokens, reasoningTokens }
      continue
    }
    held = joined(held, bytes)
    const isClosing = place === 'closing' || write.place === 'closing'
    write = {
      place: isClosing ? 'closing' : place === 'content' || write.place === 'content' ? 'content' : 'opening',
      tokens: write.tokens + tokens,
      reasoningTokens: write.reasoningTokens + reasoningTokens,
    }
    for (let size = sizes[position % sizes.length]!; held.length >= size; size = sizes[++position % sizes.length]!) {
      yield { ...write, bytes: held.subarray(0, size) }
      held = held.subarray(size)
      // The first read of a chunk carries all of its tokens: a provider has generated them by then.
      write = { place: write.place, tokens: 0, reasoningTokens: 0 }
    }
    if (held.length === 0) write = { place: 'opening', tokens: 0, reasoningTokens: 0 }
  }
}

function* cutOff(
  writes: Generator<Write, Ending, undefined>,
  limit = Number.POSITIVE_INFINITY,
): Generator<Write, Ending, undefined> {
  for (let left = limit; left > 0; ) {
    const { done, value } = writes.next()
    if (done) return value
    yield value.bytes.length > left ? { ...value, bytes: value.bytes.subarray(0, left) } : value
    left -= value.bytes.length
  }
  return 'end'
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
