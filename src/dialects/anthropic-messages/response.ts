import type {
  AnswerPart,
  ChatResponse,
  Choice,
  Citation,
  FinishReason,
  Signature,
  TextPart,
} from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import type { Target } from '../dialect.ts'
import { encodeSignature } from '../signature.ts'
import { decodeAnswerBlock, encodeCitation, encodeMedia, encodeText, encodeToolCall } from './content.ts'
import { decodeInnerError, malformed } from './error.ts'
import { type Block, extensionsOf, id, own, type WireCitation, type WireResponse, type WireUsage } from './wire.ts'

/** Reads a whole answer. */
export function decodeResponse(body: unknown, target: Pick<Target<unknown>, 'provider'>): ChatResponse {
  if (typeof body !== 'object' || body === null) throw malformed(target, 'The answer is not a JSON object.')
  if ('error' in body && body.error) throw decodeInnerError(body, target)
  try {
    return decodeMessage(body as WireResponse)
  } catch {
    throw malformed(target, 'The answer lacks its content, or has a field of the wrong type.')
  }
}

function decodeMessage(message: WireResponse): ChatResponse {
  const { id, model, content, stop_reason, stop_sequence, usage } = message
  return {
    id: id ?? '',
    model: model ?? '',
    choices: [{ index: 0, content: content.map(decodeAnswerBlock), ...decodeStop(stop_reason, stop_sequence) }],
    usage: decodeUsage(usage),
    ...(typeof usage?.service_tier === 'string' && { serviceTier: usage.service_tier }),
    ...extensionsOf(message, responseFields),
  }
}

/** Writes a whole answer. Only its first choice can be said. */
export function encodeResponse(response: ChatResponse): WireResponse {
  const [choice] = response.choices
  return {
    ...encodeHead(response),
    content: choice?.content.flatMap(encodeAnswerPart) ?? [],
    ...encodeStop(
      choice ?? {},
      choice?.content.some(({ type }) => type === 'refusal'),
    ),
    usage: encodeUsage(response.usage, response.serviceTier),
    ...own(response),
  }
}

/** Writes the fields with which an answer begins, whole or streamed. */
export function encodeHead({
  id,
  model,
}: Pick<ChatResponse, 'id' | 'model'>): Pick<WireResponse, 'id' | 'type' | 'role' | 'model'> {
  return { id, type: 'message', role: 'assistant', model }
}

/** Names the fields of an answer that have normalised names. */
export const responseFields: readonly string[] = [
  ...['id', 'type', 'role', 'model', 'content', 'stop_reason', 'stop_sequence', 'usage'],
]

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  // A long turn with hosted tools that the application may have continued by sending it back.
  pause_turn: 'stop',
  tool_use: 'tool-calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content-filter',
  compaction: 'other',
}

type Stop = Pick<Choice, 'finishReason' | 'rawFinishReason' | 'stopSequence' | 'extensions'>

/** Reads why an answer stopped. */
export function decodeStop(
  reason: string | null | undefined,
  sequence: string | null | undefined,
): Stop & { finishReason?: FinishReason } {
  if (typeof reason !== 'string') return {}
  const finishReason = finishReasons[reason]
  return {
    finishReason: finishReason ?? 'other',
    rawFinishReason: reason,
    ...(typeof sequence === 'string' && { stopSequence: sequence }),
    ...(finishReason === undefined && { extensions: { [id]: { stop_reason: reason } } }),
  }
}

const stopReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  error: 'end_turn',
  other: 'end_turn',
}

/** Writes why an answer stopped, in Anthropic's own word where the provider said one. */
export function encodeStop(stop: Stop, refused = false): { stop_reason: string | null; stop_sequence: string | null } {
  const { finishReason, rawFinishReason, stopSequence } = stop
  const word =
    finishReason === undefined
      ? null
      : rawFinishReason !== undefined && finishReasons[rawFinishReason] === finishReason
        ? rawFinishReason
        : refused
          ? 'refusal'
          : stopSequence !== undefined && finishReason === 'stop'
            ? 'stop_sequence'
            : stopReasons[finishReason]
  return { stop_reason: word, stop_sequence: stopSequence ?? null, ...own(stop) }
}

/** Writes a part for an application: as no block, one, or two. */
export function encodeAnswerPart(part: AnswerPart): Block[] {
  const block = encodePart(part)
  return block ? [block, ...encodeStraySignature(part.type, (part as TextPart).signature)] : []
}

function encodePart(part: AnswerPart): Block | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(
        part,
        part.citations?.flatMap((citation) => encodeAnyCitation(citation, part.text) ?? []),
      )
    case 'refusal':
      return { type: 'text', text: part.text }
    case 'reasoning': {
      const signature = part.signature ? encodeSignature(part.signature, id) : ''
      return part.signature?.encrypted && part.text === ''
        ? { type: 'redacted_thinking', data: signature, ...own(part) }
        : { type: 'thinking', thinking: part.text, signature, ...own(part) }
    }
    case 'tool-call':
      return encodeToolCall(part)
    case 'extension':
      return part.dialect === id ? (part.value as Block) : undefined
    default:
      return encodeMedia(part)
  }
}

/**
 * Writes the signature of a part that has no place for one here (other makers sign texts and tool calls): as a block
 * of its own right behind the part, which an application sends back as it is.
 */
export function encodeStraySignature(type: AnswerPart['type'], signature: Signature | undefined): Block[] {
  if (!signature || type === 'reasoning' || signature.origin === id) return []
  return [{ type: 'redacted_thinking', data: encodeSignature({ ...signature, encrypted: undefined }, id) }]
}

/** Writes a citation of any origin. One without an address can only be said if it came from this dialect. */
export function encodeAnyCitation(citation: Citation, text: string): WireCitation | undefined {
  const { url, title, start, end } = citation
  return (
    encodeCitation(citation) ??
    (url === undefined
      ? undefined
      : ({
          type: 'web_search_result_location',
          cited_text: citation.text ?? (start === undefined ? '' : text.slice(start, end)),
          url,
          title: title ?? null,
          encrypted_index: '',
        } as WireCitation))
  )
}

const usageFields = [
  ...['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'cache_creation'],
  ...['output_tokens_details', 'service_tier'],
]

/**
 * Reads the usage. Anthropic counts the input that it read from or wrote to its cache apart from the rest, and leaves
 * the steps that compacted the context out of its totals, though it bills them.
 */
export function decodeUsage(usage: WireUsage | null | undefined): Usage {
  if (!usage) return {}
  const compactions = compactionsOf(usage)
  const total = (count: Count): number | undefined => sum(count(usage), compactions, count)
  const input = total(counts.input)
  const cached = total(counts.cached)
  const written = total(counts.written)
  const hour = total(counts.hour)
  const output = total(counts.output)
  const reasoning = usage.output_tokens_details?.thinking_tokens ?? undefined
  return {
    ...(input !== undefined && { inputTokens: input + (cached ?? 0) + (written ?? 0) }),
    ...(output !== undefined && { outputTokens: output }),
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(written !== undefined && { cacheWriteTokens: written }),
    ...(hour !== undefined && { cacheWriteHourTokens: hour }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
    ...extensionsOf(
      usage,
      usageFields.filter((field) => isPlain(usage, field)),
    ),
  }
}

/** Writes the usage, counted Anthropic's way. */
export function encodeUsage(usage: Usage, serviceTier: string | undefined): WireUsage {
  const rest: WireUsage = own(usage)
  const compactions = compactionsOf(rest)
  const less = (total: number | undefined, count: Count): number | undefined =>
    total === undefined ? undefined : total - (sum(0, compactions, count) ?? 0)
  const { inputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage
  const input = less(inputTokens && Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens), counts.input)
  const cached = less(usage.cachedInputTokens, counts.cached)
  const written = less(usage.cacheWriteTokens, counts.written)
  const hour = less(usage.cacheWriteHourTokens, counts.hour)
  return {
    input_tokens: input ?? 0,
    ...(written !== undefined && { cache_creation_input_tokens: written }),
    ...(cached !== undefined && { cache_read_input_tokens: cached }),
    ...(hour !== undefined && {
      cache_creation: { ephemeral_5m_input_tokens: (written ?? hour) - hour, ephemeral_1h_input_tokens: hour },
    }),
    output_tokens: less(usage.outputTokens, counts.output) ?? 0,
    ...(usage.reasoningTokens !== undefined && { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
    ...rest,
  }
}

/** Details with more than what has a name are kept whole, and win when they are written again. */
function isPlain(usage: WireUsage, field: string): boolean {
  const details = usageDetails[field]
  return (
    !details || Object.keys((usage as Record<string, object | null>)[field] ?? {}).every((key) => details.includes(key))
  )
}

const usageDetails: Readonly<Record<string, readonly string[]>> = {
  cache_creation: ['ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens'],
  output_tokens_details: ['thinking_tokens'],
}

type Count = (usage: WireUsage) => number | null | undefined

const counts = {
  input: (usage) => usage.input_tokens,
  output: (usage) => usage.output_tokens,
  cached: (usage) => usage.cache_read_input_tokens,
  written: (usage) => usage.cache_creation_input_tokens,
  hour: (usage) => usage.cache_creation?.ephemeral_1h_input_tokens,
} satisfies Record<string, Count>

function compactionsOf({ iterations }: WireUsage): readonly WireUsage[] {
  return iterations?.filter(({ type }) => type === 'compaction') ?? []
}

/** Adds up what is known; undefined when nothing is. */
function sum(start: ReturnType<Count>, steps: readonly WireUsage[], count: Count): number | undefined {
  let total = start ?? undefined
  for (const step of steps) {
    const more = count(step)
    if (typeof more === 'number') total = (total ?? 0) + more
  }
  return total
}
