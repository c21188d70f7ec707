import type { AnswerPart, ChatResponse, Choice, Citation, TokenLogprob } from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import { compact, type Fields } from '../fields.ts'
import { encodeSignature } from '../signature.ts'
import { encodeCitations } from './citation.ts'
import { id, own } from './wire.ts'

/** Writes a whole answer for an application: the first choice, for there is one only. */
export function encodeResponse({ id: answerId, choices, usage }: ChatResponse): Fields {
  const [choice] = choices
  const content: Fields[] = []
  const calls: Fields[] = []
  const citations: Fields[] = []
  for (const part of choice?.content ?? []) {
    if (part.type === 'tool-call') calls.push(encodeCall(part))
    else {
      if (part.type === 'text') citations.push(...citationsOf(part.citations, part.text, content.length))
      content.push(...encodePiece(part))
    }
  }
  return {
    id: answerId,
    message: compact({
      role: 'assistant',
      tool_plan: planOf(choice),
      tool_calls: calls.length > 0 ? calls : undefined,
      content: content.length > 0 ? content : undefined,
      citations: citations.length > 0 ? citations : undefined,
    }),
    ...encodeEnd(choice, usage),
    ...(choice?.logprobs && { logprobs: encodeLogprobs(choice.logprobs) }),
  }
}

/** Why the answer ended, and what it took. */
export function encodeEnd(choice: Omit<Choice, 'index' | 'content'> | undefined, usage: Usage): Fields {
  return { finish_reason: finishReasonOf(choice), usage: encodeUsage(usage) }
}

/** Writes a call; a proof that belongs to it beside what Cohere knows. */
export function encodeCall({
  id: callId,
  name,
  arguments: text,
  signature,
}: Pick<AnswerPart & { type: 'tool-call' }, 'id' | 'name' | 'arguments' | 'signature'>): Fields {
  return {
    id: callId,
    type: 'function',
    function: { name, arguments: text },
    ...(signature && { signature: encodeSignature(signature, id) }),
  }
}

/** Writes the citations of a text: as they came, or where they come from another format, with an address for a source. */
export function citationsOf(
  citations: readonly Citation[] | undefined,
  text: string,
  index: number,
): readonly Fields[] {
  if (!citations) return []
  const kept = encodeCitations(citations)
  return kept.length > 0 ? kept : citations.map((citation) => encodeCitation(citation, text, index))
}

function encodeCitation({ url, title, text, start = 0, end = 0 }: Citation, said: string, index: number): Fields {
  const document = compact({ id: url, title, url, text })
  return {
    start,
    end,
    text: said.slice(start, end),
    sources: [{ type: 'document', id: url ?? '', document }],
    type: 'TEXT_CONTENT',
    content_index: index,
  }
}

/** Writes the probabilities of tokens. */
export function encodeLogprobs(logprobs: readonly TokenLogprob[]): readonly Fields[] {
  return logprobs.map(({ token, logprob }) => ({ text: token, token_ids: [], logprobs: [logprob] }))
}

function encodePiece(part: Exclude<AnswerPart, { type: 'tool-call' }>): readonly Fields[] {
  const proof = 'signature' in part && part.signature && { signature: encodeSignature(part.signature, id) }
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: part.text, ...proof }]
    case 'reasoning':
      return [{ type: 'thinking', thinking: part.text, ...proof }]
    case 'extension':
      return part.dialect === id ? [part.value as Fields] : []
    default:
      // There is no place for pictures and sound.
      return []
  }
}

/** What the model means to do with tools stands on the first of its calls. */
function planOf(choice: Choice | undefined): unknown {
  const call = choice?.content.find(({ type }) => type === 'tool-call')
  return (call && 'extensions' in call ? own(call) : choice && own(choice))?.['tool_plan']
}

const words = { stop: 'COMPLETE', length: 'MAX_TOKENS', 'tool-calls': 'TOOL_CALL', 'content-filter': 'ERROR_TOXIC' }
const ownWords = [
  'COMPLETE',
  'STOP_SEQUENCE',
  'MAX_TOKENS',
  'TOOL_CALL',
  'ERROR',
  'TIMEOUT',
  'ERROR_LIMIT',
  'ERROR_TOXIC',
]

function finishReasonOf(choice: Omit<Choice, 'index' | 'content'> | undefined): string {
  const { finishReason, rawFinishReason = '', stopSequence } = choice ?? {}
  if (ownWords.includes(rawFinishReason)) return rawFinishReason
  if (finishReason === 'stop' && stopSequence !== undefined) return 'STOP_SEQUENCE'
  return words[finishReason as keyof typeof words] ?? 'ERROR'
}

function encodeUsage({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens, extensions }: Usage): Fields {
  const { tokens, ...rest } = own({ extensions }) ?? {}
  const counted = compact({ input_tokens: inputTokens, output_tokens: outputTokens })
  return {
    // What another provider bills is what it counts.
    billed_units: counted,
    ...rest,
    tokens: { ...(tokens as Fields | undefined), ...counted, ...compact({ reasoning_tokens: reasoningTokens }) },
    ...compact({ cached_tokens: cachedInputTokens }),
  }
}
