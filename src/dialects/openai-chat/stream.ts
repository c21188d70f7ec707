import { GatewayError, isGatewayError } from '../../errors.ts'
import type { ChatEvent, FinishReason, Signature } from '../../operations/chat/index.ts'
import type { StreamDecoder, Target } from '../dialect.ts'
import type { EnvelopeFields } from '../envelope.ts'
import { type Fields, isFields } from '../fields.ts'
import { parseJson } from '../json.ts'
import { RepeatingJson } from '../repeating-json.ts'
import { decodeSignature } from '../signature.ts'
import { decodeErrorInside } from './error.ts'
import { decodeFinishReason } from './finish-reason.ts'
import { decodePart } from './part.ts'
import type { OpenAIChatQuirks } from './quirks.ts'
import { audioTable, citationTable, decodeLogprob } from './said.ts'
import { decodeFields, decodeNode, dialectId, extensionsOf, known, type Table } from './table.ts'
import { thinkTags } from './think-tags.ts'
import { decodeUsage } from './usage.ts'
import type {
  WireAnnotation,
  WireAudio,
  WireChoice,
  WireMessage,
  WireReasoningDetail,
  WireResponse,
  WireToolCall,
} from './wire.ts'

/** Whose answer it is. */
export type Source = Pick<Target<OpenAIChatQuirks>, 'provider' | 'quirks'>

/** Where chunks carry their content. */
export const chunkContent: EnvelopeFields = {
  content: ['content', 'reasoning_content', 'reasoning'],
  // OpenAI's and Mistral's.
  padding: ['obfuscation', 'p'],
}

/** Reads an answer chunk by chunk. */
export function decodeStream(source: Source): StreamDecoder<ChatEvent> {
  const answer = begin(source, false)
  const json = new RepeatingJson(chunkContent, ({ choices }) => (choices as WireChoice[] | undefined)?.[0]?.delta)
  return {
    push({ event, data }, out) {
      if (answer.done || data === '') return
      answer.out = out
      // Nothing follows, though the connection may stay open for a while.
      if (data.startsWith('[DONE]')) return finish(answer, 'other')
      const chunk = json.parse(data)
      if (!isFields(chunk)) {
        throw new GatewayError('invalid_response', `${source.provider}: a chunk of the stream is no JSON object.`)
      }
      try {
        addChunk(answer, event === 'error' || isError(chunk) ? { error: chunk } : chunk)
      } catch (cause) {
        throw isGatewayError(cause) ? cause : malformed(source)
      }
    },
    get done() {
      return answer.done
    },
    end(out) {
      answer.out = out
      finish(answer)
    },
  }
}

/** Whether a body is nothing but an error, as Mistral writes one: without a field around it. */
export function isError({ object }: Fields): boolean {
  return object === 'error'
}

/** Reads a whole answer as a stream of one chunk, so that the two cannot differ. */
export function decodeWhole(wire: WireResponse, source: Source): readonly ChatEvent[] {
  const answer = begin(source, true)
  try {
    addChunk(answer, wire)
    finish(answer)
  } catch (cause) {
    throw isGatewayError(cause) ? cause : malformed(source)
  }
  return answer.out
}

/** Where we expect a list, an object or a text, a provider may send anything. */
function malformed({ provider }: Source): GatewayError {
  return new GatewayError('invalid_response', `${provider}: a field of the answer is not what it must be.`, {
    provider,
  })
}

interface Extended {
  /** The fields that have no name of ours. */
  own: Fields | undefined
}

interface Answer extends Extended {
  readonly source: Source
  readonly whole: boolean
  readonly choices: Choice[]
  out: ChatEvent[]
  started: boolean
  done: boolean
  id: string
  model: string
  created: number | undefined
  serviceTier: string | undefined
}

interface Choice extends Extended {
  readonly answer: Answer
  readonly index: number
  readonly message: Extended
  readonly calls: OpenPart[]
  /** Proofs of other dialects that belong to the text or to a call, by its id. */
  proofs: Map<string | undefined, Signature> | undefined
  /** How many parts have begun. */
  parts: number
  /** The part that deltas are added to. */
  open: OpenPart | undefined
  /** The text that citations belong to. */
  text: number | undefined
  cited: boolean
  audio: WireAudio | undefined
  parseText: ((text: string, last?: true) => void) | undefined
  finishReason: string | undefined
  stopSequence: string | undefined
}

type Spoken = 'text-delta' | 'reasoning-delta' | 'refusal-delta'

interface OpenPart extends Extended {
  readonly type: Spoken | 'tool-call-delta'
  /** Undefined for a call of which the name is not known yet. */
  part?: number
  /** The arguments of a call; what a thought says, to know it again when it comes a second time, with its proof. */
  said: string
  id?: string
  name?: string
  index?: number | null | undefined
  /** Which of the provider's thoughts it is. */
  key?: string
  signature?: Signature | undefined
}

function begin(source: Source, whole: boolean): Answer {
  return {
    source,
    whole,
    choices: [],
    out: [],
    started: false,
    done: false,
    id: '',
    model: '',
    created: undefined,
    serviceTier: undefined,
    own: undefined,
  }
}

function beginChoice(answer: Answer, index: number): Choice {
  return {
    answer,
    index,
    message: { own: undefined },
    calls: [],
    proofs: undefined,
    parts: 0,
    open: undefined,
    text: undefined,
    cited: false,
    audio: undefined,
    parseText: undefined,
    finishReason: undefined,
    stopSequence: undefined,
    own: undefined,
  }
}

function addChunk(answer: Answer, chunk: WireResponse): void {
  const { choices, error } = chunk
  const first = choices?.[0]
  const usage = chunk.usage ?? chunk.x_groq?.usage ?? first?.usage
  // Most chunks have nothing but a delta. The first one and the last ones say what else there is.
  if (!answer.started || usage || !first || first.finish_reason) keep(answer, chunk, chunkTable)
  const { out, id, model, created, own } = answer
  // Azure's first chunk is about the prompt only: no id, no model.
  if (!answer.started && (id || model || first || answer.whole)) {
    answer.started = true
    out.push({ type: 'message-start', id, model, created: created || undefined, extensions: extensionsOf(own) })
  }
  let failed = error ? chunk : undefined
  for (const choice of choices ?? none) {
    addChoice(answer, choice)
    if (choice.error) failed ??= choice
  }
  if (usage) out.push({ type: 'usage', usage: decodeUsage(usage) })
  // Last, so that what the chunk says besides is not lost.
  if (failed) throw decodeErrorInside(failed, answer.source)
}

/** Says what is known at the end. A stream that was ended properly has finished, even where it does not say why. */
function finish(answer: Answer, otherwise?: FinishReason): void {
  if (answer.done) return
  answer.done = true
  for (const choice of answer.choices) if (choice) endChoice(choice, otherwise)
  answer.out.push({
    type: 'message-end',
    serviceTier: answer.serviceTier || undefined,
    extensions: extensionsOf(answer.own),
  })
}

function addChoice(answer: Answer, wire: WireChoice): void {
  const { logprobs } = wire
  const index = wire.index ?? 0
  if (!(index >= 0 && index < maxChoices)) throw malformed(answer.source)
  const choice = (answer.choices[index] ??= beginChoice(answer, index))
  const said = answer.whole ? wire.message : (wire.delta ?? wire.message)
  if (said) addMessage(choice, said)
  if (logprobs?.content) {
    answer.out.push({ type: 'logprobs', choice: index, logprobs: logprobs.content.map(decodeLogprob) })
  }
  // Some say why it ended once more, with another word: the last one counts.
  if (wire.finish_reason || answer.whole) keep(choice, wire, choiceTable)
}

function addMessage(choice: Choice, said: WireMessage): void {
  const { content, reasoning_details: details, function_call: call } = said
  const reasoning = said.reasoning_content || said.reasoning
  // Some send the words of their details as plain reasoning too: they are said once.
  if (reasoning && !details?.some(({ text, summary }) => text || summary)) say(choice, 'reasoning-delta', reasoning)
  for (const detail of details ?? none) addDetail(choice, detail)
  if (typeof content === 'string') addText(choice, content)
  else for (const piece of content ?? none) addPiece(choice, piece)
  if (said.refusal) say(choice, 'refusal-delta', said.refusal)
  if (said.audio) addAudio(choice, said.audio)
  for (const image of said.images ?? none) addPiece(choice, image)
  for (const wire of said.tool_calls ?? none) addCall(choice, wire)
  if (call?.name || call?.arguments) addCall(choice, { index: -1, function: call })
  for (const annotation of said.annotations ?? none) cite(choice, annotation)
  keep(choice.message, said, messageTable)
}

function addText(choice: Choice, text: string): void {
  if (text === '') return
  if (!choice.answer.source.quirks.thinkTags) say(choice, 'text-delta', text)
  else
    (choice.parseText ??= thinkTags((thought, words) =>
      say(choice, thought ? 'reasoning-delta' : 'text-delta', words),
    ))(text)
}

/** One piece of a content list (Mistral), or a picture (OpenRouter). */
function addPiece(choice: Choice, piece: Fields): void {
  const { type, thinking } = piece
  if (type === 'thinking') {
    for (const { text } of Array.isArray(thinking) ? thinking : [{ text: thinking }]) {
      if (text) say(choice, 'reasoning-delta', text)
    }
    return
  }
  const content = decodePart(piece)
  if (content.type === 'text' || content.type === 'refusal') {
    if (content.text) say(choice, `${content.type}-delta`, content.text)
    return
  }
  close(choice)
  choice.answer.out.push({ type: 'part', choice: choice.index, part: choice.parts++, content: content as never })
}

/** Adds to the open part, or begins one. What has its proof is complete. */
function say(choice: Choice, type: Spoken, text: string): void {
  let { open } = choice
  if (open?.type !== type || open.signature) {
    close(choice)
    open = choice.open = { type, part: choice.parts++, said: '', own: undefined }
    if (type === 'text-delta') {
      choice.text = open.part!
      open.id = 'content'
    }
  }
  if (type === 'reasoning-delta') open.said += text
  choice.answer.out.push({ type, choice: choice.index, part: open.part!, text })
}

function close(choice: Choice): void {
  if (choice.open) end(choice, choice.open)
  choice.open = undefined
}

function end({ answer, index, proofs }: Choice, { part, id, signature, own }: OpenPart): void {
  const proof = signature ?? proofs?.get(id)
  answer.out.push({ type: 'part-end', choice: index, part: part!, signature: proof, extensions: extensionsOf(own) })
}

/** A thought, with its proof or encrypted; or the proof of something else. */
function addDetail(choice: Choice, detail: WireReasoningDetail): void {
  const { type, id, index, data, summary } = detail
  const words = detail.text ?? summary ?? ''
  const proof = data ?? detail.signature
  const signature = proof ? decodeSignature(proof, dialectId, proof === data) : undefined
  if (data && id && !signature!.encrypted) (choice.proofs ??= new Map()).set(id, signature!)
  else if (words || signature) {
    const key = `${type}:${index}`
    const { open } = choice
    const going = open?.type === 'reasoning-delta' && !open.signature && !data
    // Some say a thought as plain reasoning first.
    const again = going && !open.key && open.said.endsWith(words)
    if (!again) {
      if (!going || open.key !== key) close(choice)
      say(choice, 'reasoning-delta', words)
    }
    const thought = choice.open!
    if (!thought.key) keep(thought, detail, summary === undefined ? detailTable : summaryTable)
    thought.key = key
    thought.signature = signature
  }
}

function addCall(choice: Choice, wire: WireToolCall): void {
  const { function: inner, custom, id } = wire
  const name = inner?.name || custom?.name
  // Some number their calls.
  const call = callOf(choice, id != null && typeof id !== 'string' ? { ...wire, id: String(id) } : wire, name)
  if (name && !call.name) {
    call.name = name
    startCall(choice, call)
  }
  const value = inner?.arguments ?? custom?.input ?? ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  // `null` is how some say that there are none.
  if (text !== 'null' || call.said) {
    call.said += text
    sayArguments(choice, call, text)
  }
  keep(call, wire, callTable)
  if (custom?.name) call.own = { ...call.own, type: 'custom' }
}

/** Finds the call that a piece belongs to: by its id, else by its index, which some give to several calls. */
function callOf({ answer, calls }: Choice, { id, index }: WireToolCall, name: string | null | undefined): OpenPart {
  if (!answer.whole) {
    let last: OpenPart | undefined
    for (const call of calls) {
      if (id && call.id === id) return call
      if (index == null || call.index === index) last = call
    }
    // A name begins a call; repeated without a new id, only after the arguments are complete.
    if (last && !(name && last.name && ((id && last.id) || isFields(parseJson(last.said))))) {
      last.id ||= id || ''
      return last
    }
  }
  const call: OpenPart = { type: 'tool-call-delta', id: id || '', index, said: '', own: undefined }
  calls.push(call)
  return call
}

function startCall(choice: Choice, call: OpenPart): void {
  const { answer, calls, index } = choice
  close(choice)
  const part = (call.part = choice.parts++)
  const id = (call.id ||= `call_${calls.indexOf(call)}_${answer.id.replace(/[^\w-]/g, '').slice(-24)}`)
  answer.out.push({ type: 'tool-call-start', choice: index, part, id, name: call.name ?? '' })
  sayArguments(choice, call, call.said)
}

function sayArguments({ answer, index }: Choice, { type, part }: OpenPart, text: string): void {
  if (text && part !== undefined) answer.out.push({ type, choice: index, part, arguments: text } as ChatEvent)
}

/** Sound is streamed in pieces, and comes whole. */
function addAudio(choice: Choice, piece: WireAudio): void {
  const { audio } = choice
  const data = (audio?.data ?? '') + (piece.data ?? '')
  const transcript = (audio?.transcript ?? '') + (piece.transcript ?? '')
  choice.audio = audio ? { ...audio, ...piece, data, transcript } : piece
}

function cite(choice: Choice, annotation: WireAnnotation): void {
  if (!annotation.url_citation && annotation.type !== 'url_citation') return
  choice.cited = true
  const part = (choice.text ??= choice.parts++)
  const citation = decodeNode<object>(annotation as Fields, citationTable, {})
  choice.answer.out.push({ type: 'citation', choice: choice.index, part, citation })
}

function endChoice(choice: Choice, otherwise: FinishReason | undefined): void {
  const { answer, index, message, calls, audio, finishReason, stopSequence } = choice
  const { out, own = {} } = answer
  choice.parseText?.('', true)
  // What a search found, where nobody says which words rest on it (Perplexity).
  const { search_results: results = own['citations'] } = own
  if (!choice.cited && Array.isArray(results)) {
    for (const found of results as unknown[]) {
      const { url = found, title } = Object(found) as Fields
      cite(choice, { url_citation: { url, title } })
    }
  }
  close(choice)
  for (const call of calls) {
    if (call.part === undefined && call.said) startCall(choice, call)
    if (call.part === undefined) continue
    if (!call.said) sayArguments(choice, call, '{}')
    end(choice, call)
  }
  if (audio?.data) {
    const content = decodeNode<never>(audio as Fields, audioTable, { type: 'audio' })
    out.push({ type: 'part', choice: index, part: choice.parts++, content })
  } else if (audio) message.own = { ...message.own, audio }
  if (!finishReason && !otherwise) return
  out.push({
    type: 'finish',
    choice: index,
    finishReason: finishReason ? decodeFinishReason(finishReason, calls.length > 0) : otherwise!,
    rawFinishReason: finishReason || undefined,
    stopSequence,
    extensions: extensionsOf(message.own ? { ...choice.own, message: message.own } : choice.own),
  })
}

/** Reads the fields that a table names, and keeps all others. */
function keep(node: Extended, wire: object, table: Table): void {
  const rest = decodeFields(wire, table, node)
  if (rest) node.own = { ...node.own, ...rest }
}

const none: readonly never[] = []

/** The most answers that OpenAI writes to a request. An index beyond is none, and would fill memory with holes. */
const maxChoices = 128

const chunkTable: Table = {
  id: 'string',
  object: known,
  created: 'number',
  model: 'string',
  choices: known,
  usage: known,
  service_tier: ['serviceTier', 'string'],
  error: known,
  // Padding, against those who count bytes.
  obfuscation: known,
  p: known,
}

const choiceTable: Table = {
  index: known,
  message: known,
  delta: known,
  finish_reason: ['finishReason', 'string'],
  stop_reason: ['stopSequence', 'string'],
  logprobs: known,
  usage: known,
  error: known,
}

const messageTable: Table = {
  role: known,
  content: known,
  reasoning_content: known,
  reasoning: known,
  reasoning_details: known,
  refusal: known,
  tool_calls: known,
  function_call: known,
  annotations: known,
  audio: known,
  images: known,
}

const callTable: Table = {
  index: known,
  id: known,
  type: known,
  custom: known,
  function: [{ name: known, arguments: known }],
}

const detailTable: Table = { type: known, text: known, data: known, signature: known }
const summaryTable: Table = { text: known, summary: known, data: known, signature: known }
