import { type ChatRequest, type ChatResponse, fold } from '../../operations/chat/index.ts'
import type { Target } from '../dialect.ts'
import { type Fields, isFields } from '../fields.ts'
import { encodeLogprob } from './content.ts'
import { decodeInnerError, malformed } from './error.ts'
import { encodeFinish } from './finish.ts'
import { leadOf } from './input.ts'
import { encodeItems } from './items.ts'
import { encodeSettings } from './settings.ts'
import { decodeWhole } from './stream.ts'
import { encodeUsage } from './usage.ts'
import { own, type WireContent, type WireItem, type WireResponse, writeRest } from './wire.ts'

/** Reads a whole answer. */
export function decodeResponse(body: unknown, target: Pick<Target<unknown>, 'provider'>): ChatResponse {
  if (isFields(body) && (body['error'] || body['status'] === 'failed')) {
    // Other fields of an answer may hold the prompt.
    throw decodeInnerError(body['output'] ? { error: body['error'] } : body, target)
  }
  if (!isFields(body) || !Array.isArray(body['output'])) throw malformed(target)
  try {
    const collected = fold()
    for (const event of decodeWhole(body)) collected.add(event)
    return collected.result()
  } catch {
    throw malformed(target)
  }
}

/** Writes a whole answer. Only its first choice can be said. */
export function encodeResponse(response: ChatResponse, request: ChatRequest): WireResponse {
  const { id, usage, serviceTier } = response
  const [choice] = response.choices
  const { content = [], logprobs, ...stop } = choice ?? {}
  const output = encodeItems(content, { application: true, answer: id, leaveOut() {} })
  if (logprobs) putLogprobs(output, logprobs.map(encodeLogprob))
  return encodeAnswer({ ...encodeFinish(stop), output, usage: encodeUsage(usage) }, response, request, serviceTier)
}

/**
 * Writes an answer around its output. One of another format tells, as OpenAI does, what was asked: applications look
 * there for what was in force.
 */
export function encodeAnswer(
  fields: Pick<WireResponse, 'status' | 'incomplete_details' | 'output' | 'usage'>,
  { id, model, created = 0, extensions }: Pick<ChatResponse, 'id' | 'model' | 'created' | 'extensions'>,
  request: ChatRequest,
  service_tier: string | undefined,
): WireResponse {
  const head = { id, object: 'response', created_at: created, error: null, model, service_tier }
  return writeRest<WireResponse>({ ...head, ...fields }, own({ extensions }) ?? echo(request))
}

/** Puts the probabilities of tokens beside the first text: nobody says which belong to which. */
export function putLogprobs(output: readonly WireItem[], logprobs: WireContent['logprobs']): void {
  for (const { type, content } of output) {
    const text = type === 'message' && (content as WireContent[]).find((piece) => piece.type === 'output_text')
    if (!text) continue
    text.logprobs = logprobs
    return
  }
}

function echo(request: ChatRequest): Fields {
  const { include: _, input: __, stream: ___, ...settings } = encodeSettings(request, () => {})
  return {
    instructions: leadOf(request.messages[0]) ?? null,
    max_output_tokens: null,
    metadata: {},
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    user: null,
    ...settings,
  }
}
