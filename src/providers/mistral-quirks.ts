import type { OpenAIChatQuirks } from '../dialects/openai-chat/index.ts'

type Body = Readonly<Record<string, unknown>>
type Warn = (sentence: string) => void

/** How Mistral departs from OpenAI's Chat Completions. */
export const mistralQuirks: OpenAIChatQuirks = {
  // Documentation, API reference; both names also in recorded requests.
  rename: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
  // Documentation, API reference: it has none of these, and refuses fields that it does not know. `logprobs` it knows,
  // and answers with a 400, as a recording shows: "Logprobs are not enabled for this model".
  unsupported: ['logprobs', 'top_logprobs', 'logit_bias', 'user', 'service_tier', 'store', 'modalities'],
  developerRole: false,
  // Seen in recordings: usage comes on the last chunk of every stream, unasked.
  streamOptions: false,
  // Seen in recorded requests: thoughts go back as they came, as parts of the content.
  reasoningHistory: 'thinking',
  // Seen in recordings: where a model thinks, the content is a list, and applications of OpenAI's expect a text.
  repairStream: true,
  patch: (body, warn) => ({
    ...body,
    messages: encodeMessages(body['messages'] as readonly Body[], warn),
    ...encodeReasoning(body, warn),
    ...encodeSampling(body, warn),
  }),
}

function encodeMessages(messages: readonly Body[], warn: Warn): Body[] {
  return messages.map((message, index) => {
    const { content, refusal, name, tool_calls: calls, tool_call_id: id, audio, ...rest } = message
    const encoded: Record<string, unknown> = { ...rest, content: encodeContent(content, refusal, warn) }
    if (audio !== undefined) warn('`messages.audio` was left out: the provider does not take it.')
    // Documentation, API reference: only a tool has a name.
    if (name !== undefined) {
      if (rest['role'] === 'tool') encoded['name'] = name
      else warn('`messages.name` was left out: the provider does not take it.')
    }
    if (id !== undefined) encoded['tool_call_id'] = encodeId(String(id))
    if (Array.isArray(calls)) {
      encoded['tool_calls'] = (calls as readonly Body[]).map((call) => ({ ...call, id: encodeId(String(call['id'])) }))
    } else if (rest['role'] === 'assistant' && index === messages.length - 1) {
      // Documentation, "Prefix": without it a last message of the model's is a 400.
      encoded['prefix'] ??= true
    }
    return encoded
  })
}

/** Writes content. A refusal is a part of it, for it has no field of its own. */
function encodeContent(content: unknown, refusal: unknown, warn: Warn): unknown {
  if (refusal !== undefined && content) {
    const said = Array.isArray(content) ? content : [{ type: 'text', text: content }]
    return encodeContent([...said, { type: 'text', text: refusal }], undefined, warn)
  }
  if (!Array.isArray(content)) return content ?? refusal
  return (content as readonly Body[]).flatMap((part) => {
    if (part['type'] === 'video_url') {
      warn('`messages.content.video` was left out: the provider does not take it.')
      return []
    }
    const { file, ...rest } = part as { readonly file?: Body }
    if (!file) return [part]
    // Documentation, "Document understanding"; also in recorded requests.
    const { file_id, file_data: document_url, filename: document_name } = file
    if (file_id !== undefined) return [{ ...rest, file_id }]
    return [{ ...rest, type: 'document_url', document_url, ...(document_name !== undefined && { document_name }) }]
  })
}

/**
 * Makes an id of nine letters and digits, all that Mistral takes: "Tool call id was … but must be a-z, A-Z, 0-9, with a
 * length of 9". Its own stay as they are; others become the same each time, so that a call and its result meet.
 */
function encodeId(id: string): string {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id
  // FNV-1a, twice: two halves that differ in where they begin.
  let one = 0x811c9dc5
  let other = 0x01000193
  for (let index = 0; index < id.length; index++) {
    one = Math.imul(one ^ id.charCodeAt(index), 0x01000193)
    other = Math.imul(other ^ id.charCodeAt(index), 0x85ebca6b)
  }
  const digits = (half: number): string => (half >>> 0).toString(36).padStart(7, '0')
  return digits(one).slice(-5) + digits(other).slice(-4)
}

/** Seen in recorded requests: Mistral's effort is all or nothing. Magistral's is a mode of the prompt (documentation, "Reasoning"). */
function encodeReasoning(body: Body, warn: Warn): Body {
  const { model, reasoning_effort: effort } = body
  if (effort === undefined) return {}
  const none = effort === 'none' || effort === 'minimal'
  if (effort !== 'none' && effort !== 'high') {
    warn(`\`reasoning.effort\` went out as "${none ? 'none' : 'high'}": the provider knows no other.`)
  }
  if (/magistral/.test(String(model))) return { reasoning_effort: undefined, prompt_mode: none ? null : 'reasoning' }
  return { reasoning_effort: none ? 'none' : 'high' }
}

function encodeSampling({ temperature, top_p }: Body, warn: Warn): Body {
  // A 400 of code 3054, as its users report: "top_p must be 1 when using greedy sampling".
  if (temperature !== 0 || top_p === undefined || top_p === 1) return {}
  warn('`topP` went out as 1: the provider takes no other beside a temperature of 0.')
  return { top_p: 1 }
}
