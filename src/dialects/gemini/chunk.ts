import { GatewayError, isGatewayError } from '../../errors.ts'
import type { AnswerPart, ChatEvent, ReasoningPart, Signature, TextPart } from '../../operations/chat/index.ts'
import type { Target } from '../dialect.ts'
import { idOf } from '../fields.ts'
import { decodeError } from './error.ts'
import { decodeFinishReason } from './finish-reason.ts'
import { type Sources, sources } from './grounding.ts'
import { decodeLogprobs } from './logprobs.ts'
import { anonymousCall, decodePart } from './part.ts'
import { partialArguments } from './partial-arguments.ts'
import type { GeminiQuirks } from './quirks.ts'
import { decodeUsage } from './usage.ts'
import {
  extended,
  id,
  isRecord,
  type Wire,
  type WireCandidate,
  type WireFunctionCall,
  type WirePart,
  type WireResponse,
} from './wire.ts'

/** Reads the chunks of an answer. A whole answer is one chunk. */
export interface ChunkReader {
  add(chunk: unknown, out: ChatEvent[]): void
  end(out: ChatEvent[]): void
}

/** One answer of several, as far as it has been read. */
interface Candidate {
  readonly sources: Sources
  /** Fields without a normalised name. */
  readonly rest: Wire
  parts: number
  calledTools: boolean
  reason?: string
  /** The text that is being written. */
  text?: { readonly type: 'text' | 'reasoning'; readonly part: number; text: string }
  /** The call whose arguments come in pieces. */
  call?: { readonly part: number; readonly signature: Signature | undefined } & ReturnType<typeof partialArguments>
}

/** An index beyond this is none, and would fill memory with holes. */
const maxCandidates = 128

type PartEnd = Pick<TextPart, 'signature' | 'extensions'>

/** Starts to read an answer: a state machine that turns chunks into events. */
export function readChunks(target: Target<GeminiQuirks>): ChunkReader {
  const candidates: (Candidate | undefined)[] = []
  let started: Wire | undefined
  let late: Wire | undefined
  let responseId = ''
  let serviceTier: string | undefined

  function add(chunk: unknown, out: ChatEvent[]): void {
    if (!isRecord(chunk)) throw malformed(target)
    if (chunk['error'] !== undefined) throw decodeError(chunk, target)
    const {
      candidates: found,
      usageMetadata,
      responseId: answer,
      modelVersion,
      createTime,
      ...rest
    } = chunk as WireResponse
    if (!started) {
      started = rest
      responseId = idOf(answer)
      out.push(messageStart(responseId, idOf(modelVersion) || target.model, createTime, rest))
    } else {
      for (const key in rest) if (!(key in started)) late = { ...late, [key]: rest[key] }
    }
    for (const [position, candidate] of (found ?? []).entries()) {
      const index = candidate.index ?? position
      if (!(index >= 0 && index < maxCandidates)) throw malformed(target)
      addCandidate((candidates[index] ??= newCandidate()), index, candidate, out)
    }
    if (usageMetadata) {
      const usage = decodeUsage(usageMetadata)
      if (usage) out.push({ type: 'usage', usage })
      serviceTier = usageMetadata.serviceTier ?? serviceTier
    }
  }

  function addCandidate(candidate: Candidate, choice: number, wire: WireCandidate, out: ChatEvent[]): void {
    const { content, index: _, finishReason, citationMetadata, groundingMetadata, logprobsResult, ...rest } = wire
    if (citationMetadata || groundingMetadata) candidate.sources.learn(wire)
    for (const part of content?.parts ?? []) addPart(candidate, choice, part, out)
    if (logprobsResult) out.push({ type: 'logprobs', choice, logprobs: decodeLogprobs(logprobsResult) })
    // Said on several chunks, with parts after it, where tools run at Google: the last word counts.
    if (typeof finishReason === 'string') candidate.reason = finishReason
    Object.assign(candidate.rest, rest)
    // Early chunks have an empty one.
    for (const _ in groundingMetadata) {
      candidate.rest['groundingMetadata'] = groundingMetadata
      break
    }
  }

  function addPart(candidate: Candidate, choice: number, wire: WirePart, out: ChatEvent[]): void {
    const call = wire.functionCall
    if (call && (call.willContinue || call.partialArgs || (candidate.call && call.name === undefined))) {
      addPiece(candidate, choice, wire, call, out)
      return
    }
    endCall(candidate, choice, out)
    const read = decodePart(wire, () => anonymousCall(responseId, choice, candidate.parts))
    if (!read) return
    // A model gives no results of tools: what looks like one is for nobody to answer.
    const part = read.type === 'tool-result' ? ({ type: 'extension', dialect: id, value: wire } as const) : read
    if (part.type === 'text' || part.type === 'reasoning') {
      addText(candidate, choice, part, out)
      return
    }
    endText(candidate, choice, out)
    const at = { choice, part: candidate.parts++ }
    if (part.type !== 'tool-call') {
      out.push({ type: 'part', ...at, content: part })
      return
    }
    candidate.calledTools = true
    out.push({ type: 'tool-call-start', ...at, id: part.id, name: part.name })
    out.push({ type: 'tool-call-delta', ...at, arguments: part.arguments })
    out.push(partEnd(at, part))
  }

  // A signature belongs to the very part that it came with, so a signed piece of text is a part of its own.
  function addText(candidate: Candidate, choice: number, part: TextPart | ReasoningPart, out: ChatEvent[]): void {
    const { type, text } = part
    const alone = part.signature !== undefined || part.extensions !== undefined
    if (text === '' && !alone) return
    if (alone || candidate.text?.type !== type) {
      endText(candidate, choice, out)
      candidate.text = { type, part: candidate.parts++, text: '' }
    }
    const open = candidate.text!
    open.text += text
    out.push({ type: type === 'text' ? 'text-delta' : 'reasoning-delta', choice, part: open.part, text })
    if (alone) endText(candidate, choice, out, part)
  }

  function addPiece(
    candidate: Candidate,
    choice: number,
    wire: WirePart,
    call: WireFunctionCall,
    out: ChatEvent[],
  ): void {
    if (typeof call.name === 'string') {
      endCall(candidate, choice, out)
      endText(candidate, choice, out)
      const part = candidate.parts++
      const first = decodePart(wire, () => anonymousCall(responseId, choice, part)) as AnswerPart & {
        type: 'tool-call'
      }
      candidate.calledTools = true
      candidate.call = { part, signature: first.signature, ...partialArguments() }
      out.push({ type: 'tool-call-start', choice, part, id: first.id, name: first.name })
    }
    candidate.call?.add(call)
    if (!call.willContinue) endCall(candidate, choice, out)
  }

  function end(out: ChatEvent[]): void {
    for (const [choice, candidate] of candidates.entries()) {
      if (!candidate) continue
      endCall(candidate, choice, out)
      endText(candidate, choice, out)
      const { reason, rest } = candidate
      if (reason === undefined) continue
      const finishReason = decodeFinishReason(reason, candidate.calledTools)
      out.push({ type: 'finish', choice, finishReason, rawFinishReason: reason, ...extended(rest) })
    }
    // A prompt that was refused has no candidates, and a reason of its own.
    const { blockReason } = (started?.['promptFeedback'] ?? {}) as { blockReason?: string }
    if (candidates.length === 0 && blockReason !== undefined) {
      out.push({ type: 'finish', choice: 0, finishReason: 'content-filter', rawFinishReason: blockReason })
    }
    out.push({
      type: 'message-end',
      ...(serviceTier !== undefined && { serviceTier }),
      ...(late && extended({ ...started, ...late })),
    })
  }

  return {
    add: (chunk, out) => guarded(target, () => add(chunk, out)),
    end: (out) => guarded(target, () => end(out)),
  }
}

/** Where we expect a list or an object, a provider may send anything. */
function guarded(target: Target<GeminiQuirks>, read: () => void): void {
  try {
    read()
  } catch (error) {
    throw isGatewayError(error) ? error : malformed(target)
  }
}

function newCandidate(): Candidate {
  return { sources: sources(), rest: {}, parts: 0, calledTools: false }
}

function endText(candidate: Candidate, choice: number, out: ChatEvent[], end: PartEnd = {}): void {
  const open = candidate.text
  if (!open) return
  delete candidate.text
  const at = { choice, part: open.part }
  if (open.type === 'text' && open.text !== '') {
    for (const citation of candidate.sources.take(open.text)) out.push({ type: 'citation', ...at, citation })
  }
  out.push(partEnd(at, end))
}

function endCall(candidate: Candidate, choice: number, out: ChatEvent[]): void {
  const { call } = candidate
  if (!call) return
  delete candidate.call
  const at = { choice, part: call.part }
  out.push({ type: 'tool-call-delta', ...at, arguments: call.text() })
  out.push(partEnd(at, call.signature ? { signature: call.signature } : {}))
}

function partEnd(at: { choice: number; part: number }, { signature, extensions }: PartEnd): ChatEvent {
  return { type: 'part-end', ...at, ...(signature && { signature }), ...(extensions && { extensions }) }
}

function messageStart(answer: string, model: string, createTime: string | undefined, rest: Wire): ChatEvent {
  const milliseconds = createTime === undefined ? Number.NaN : Date.parse(createTime)
  if (Number.isNaN(milliseconds)) return { type: 'message-start', id: answer, model, ...extended(rest) }
  const created = Math.floor(milliseconds / 1000)
  // Ours are seconds, theirs have fractions.
  const exact = new Date(created * 1000).toISOString() === createTime
  return {
    type: 'message-start',
    id: answer,
    model,
    created,
    ...extended(exact ? rest : { ...rest, createTime }),
  }
}

/** What the provider sent is none of this format. */
export function malformed({ provider }: Pick<Target<unknown>, 'provider'>): GatewayError {
  return new GatewayError('invalid_response', `${provider} sent something that is no answer in the format ${id}.`, {
    provider,
  })
}
