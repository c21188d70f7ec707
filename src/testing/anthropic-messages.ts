import { type FailureReason, failureHeaders, type WireFailure } from './failure.ts'
import { type Generation, type Piece, textOf } from './generation.ts'
import {
  closing,
  field,
  lastText,
  list,
  opening,
  positive,
  type StreamFrame,
  saying,
  type WireFormat,
} from './wire-format.ts'

/** Speaks Anthropic's Messages, as Anthropic and the clouds that host Claude. */
export const anthropicMessages: WireFormat = {
  id: 'anthropic-messages',
  matches: (path) => path.endsWith('/messages') || /:(stream)?rawPredict$/i.test(path),
  read: ({ url, body }) => ({
    model: String(body['model'] ?? /models\/([^/:]+)/.exec(url.pathname)?.[1] ?? ''),
    stream: body['stream'] === true,
    maxOutputTokens: positive(body['max_tokens'], Number.POSITIVE_INFINITY),
    choices: 1,
    input: [body['system'], body['messages'], body['tools'], body['output_config']],
    lastUserText: lastText(body['messages'], (role) => role === 'user', 'content'),
    schema: field(body['output_config'], 'format', 'schema') ?? field(body['output_format'], 'schema'),
  }),
  complaint,
  headers(stream, _arrival, serial, now) {
    const reset = new Date(Math.ceil(now / 1000) * 1000).toISOString().replace('.000', '')
    return {
      'content-type': stream ? 'text/event-stream; charset=utf-8' : 'application/json',
      'request-id': `req_${serial}`,
      'anthropic-ratelimit-requests-limit': '4000',
      'anthropic-ratelimit-requests-remaining': '3999',
      'anthropic-ratelimit-requests-reset': reset,
      'anthropic-ratelimit-input-tokens-limit': '400000',
      'anthropic-ratelimit-input-tokens-remaining': '400000',
      'anthropic-ratelimit-input-tokens-reset': reset,
      'anthropic-ratelimit-output-tokens-limit': '80000',
      'anthropic-ratelimit-output-tokens-remaining': '80000',
      'anthropic-ratelimit-output-tokens-reset': reset,
      // Sent with successes too: it is no advice to wait.
      'retry-after': '24',
    }
  },
  whole(generation) {
    const { pieces } = generation.choices[0]!
    return JSON.stringify({
      ...messageHead(generation),
      content: pieces.map((piece, index) => blockOf(piece, generation, index)),
      ...ending(generation),
      usage: {
        ...(generation.reportUsage && {
          ...wireUsage(generation),
          ...cacheCreation(generation),
          ...outputUsage(generation),
        }),
        service_tier: 'standard',
      },
    })
  },
  frames,
  failure(failure, { model }, serial) {
    const row = failures[failure.reason]
    const { status = row.status, message = row.message(model) } = failure
    return {
      status,
      headers: {
        'content-type': 'application/json',
        'request-id': `req_${serial}`,
        'x-should-retry': String(status === 408 || status === 409 || status === 429 || status >= 500),
        ...(failure.wait?.reset && { 'anthropic-ratelimit-requests-reset': failure.wait.reset }),
        ...failureHeaders(failure),
      },
      body: { type: 'error', error: { type: row.type, message }, request_id: `req_${serial}` },
    }
  },
  failureFrame: ({ body }: WireFailure) => named('error', body),
  ping: 'event: ping\ndata: {"type": "ping"}\n\n',
}

interface FailureRow {
  readonly status: number
  readonly type: string
  readonly message: (model: string) => string
}

const failures: Readonly<Record<FailureReason, FailureRow>> = {
  'rate-limited': {
    status: 429,
    type: 'rate_limit_error',
    message: () =>
      "This request would exceed your organization's rate limit of 50 requests per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
  },
  overloaded: { status: 529, type: 'overloaded_error', message: () => 'Overloaded' },
  'server-error': { status: 500, type: 'api_error', message: () => 'Internal server error' },
  unauthorized: { status: 401, type: 'authentication_error', message: () => 'invalid x-api-key' },
  'permission-denied': {
    status: 403,
    type: 'permission_error',
    message: () => 'Your API key does not have permission to use the specified resource.',
  },
  'quota-exhausted': {
    status: 400,
    type: 'invalid_request_error',
    message: () =>
      'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  },
  'context-window-exceeded': {
    status: 400,
    type: 'invalid_request_error',
    message: () => 'prompt is too long: 200042 tokens > 200000 maximum',
  },
  'content-filtered': {
    status: 400,
    type: 'invalid_request_error',
    message: () => 'Output blocked by content filtering policy',
  },
  'model-not-found': { status: 404, type: 'not_found_error', message: (model) => `model: ${model}` },
  'invalid-request': { status: 400, type: 'invalid_request_error', message: () => 'Invalid request.' },
}

const stopReasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
}

function ending(generation: Generation): Record<string, unknown> {
  const { finishReason } = generation.choices[0]!
  const sequence = finishReason === 'stop' ? generation.stopSequence : undefined
  const stop_reason = sequence === undefined ? (stopReasons[finishReason] ?? finishReason) : 'stop_sequence'
  return {
    stop_reason,
    stop_sequence: sequence ?? null,
    ...(stop_reason === 'refusal' && { stop_details: { type: 'refusal', category: null, explanation: null } }),
  }
}

function messageHead({ serial, model }: Generation): Record<string, unknown> {
  return { model, id: `msg_${serial}`, type: 'message', role: 'assistant' }
}

function blockOf(piece: Piece, generation: Generation, index: number): Record<string, unknown> {
  const text = textOf(piece)
  switch (piece.type) {
    case 'tool-call':
      return { type: 'tool_use', id: callId(piece.id, generation, index), name: piece.name, input: parsedInput(text) }
    case 'reasoning':
      if (piece.encrypted) return { type: 'redacted_thinking', data: piece.encrypted }
      return { type: 'thinking', thinking: text, signature: piece.signature ?? '' }
    default:
      return { type: 'text', text }
  }
}

/** A whole answer holds the input as an object: of one that was cut off, nothing is left. */
function parsedInput(text: string): unknown {
  try {
    return JSON.parse(text || '{}')
  } catch {
    return {}
  }
}

function* frames(generation: Generation): Generator<StreamFrame, void, undefined> {
  const { pieces } = generation.choices[0]!
  const { reportUsage } = generation
  const message = {
    ...messageHead(generation),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: {
      ...(reportUsage && { ...wireUsage(generation), ...cacheCreation(generation), output_tokens: 1 }),
      service_tier: 'standard',
    },
  }
  yield opening(typed('message_start', { message }))
  for (const [index, piece] of pieces.entries()) {
    const place = piece.type === 'tool-call' ? saying : opening
    const start = typed('content_block_start', { index, content_block: emptyBlock(piece, generation, index) })
    yield place(start, piece.type === 'tool-call' ? piece.nameTokens : 0)
    if (index === 0) yield opening(anthropicMessages.ping!)
    for (const frame of deltas(piece, index)) yield frame
    yield index === pieces.length - 1
      ? closing(typed('content_block_stop', { index }))
      : opening(typed('content_block_stop', { index }))
  }
  const usage = reportUsage ? { ...wireUsage(generation), ...outputUsage(generation) } : {}
  yield closing(typed('message_delta', { delta: ending(generation), usage }))
  yield closing(typed('message_stop', {}))
}

function* deltas(piece: Piece, index: number): Generator<StreamFrame, void, undefined> {
  const delta = (type: string, value: Record<string, string>): string =>
    typed('content_block_delta', { index, delta: { type, ...value } })
  switch (piece.type) {
    case 'tool-call':
      yield opening(delta('input_json_delta', { partial_json: '' }))
      for (const { text, tokens } of piece.chunks)
        yield saying(delta('input_json_delta', { partial_json: text }), tokens)
      return
    case 'reasoning':
      if (piece.encrypted) return
      for (const { text, tokens } of piece.chunks)
        yield saying(delta('thinking_delta', { thinking: text }), tokens, true)
      if (piece.signature) yield opening(delta('signature_delta', { signature: piece.signature }))
      return
    default:
      for (const { text, tokens } of piece.chunks) yield saying(delta('text_delta', { text }), tokens)
  }
}

function emptyBlock(piece: Piece, generation: Generation, index: number): Record<string, unknown> {
  if (piece.type === 'tool-call') return { ...blockOf(piece, generation, index), input: {} }
  if (piece.type !== 'reasoning') return { type: 'text', text: '' }
  return piece.encrypted ? blockOf(piece, generation, index) : { type: 'thinking', thinking: '', signature: '' }
}

function callId(id: string | undefined, { serial }: Generation, index: number): string {
  return id ?? `toolu_${serial}${index}`
}

/** Anthropic's input leaves out what was read from the cache and written to it. */
function wireUsage({ usage }: Generation): Record<string, unknown> {
  return {
    input_tokens: usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cachedInputTokens,
  }
}

/** Told with a message, and at the end of a stream no more. */
function cacheCreation({ usage }: Generation): Record<string, unknown> {
  return { cache_creation: { ephemeral_5m_input_tokens: usage.cacheWriteTokens, ephemeral_1h_input_tokens: 0 } }
}

function outputUsage({ usage: { outputTokens, reasoningTokens } }: Generation): Record<string, unknown> {
  return {
    output_tokens: outputTokens,
    ...(reasoningTokens > 0 && { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  }
}

function complaint(body: Readonly<Record<string, unknown>>): string | undefined {
  const maximum = body['max_tokens']
  if (maximum === undefined) return 'max_tokens: Field required'
  if (typeof maximum !== 'number' || maximum < 1) return 'max_tokens: Input should be greater than or equal to 1'
  const budget = field(body['thinking'], 'budget_tokens')
  if (typeof budget === 'number' && budget >= maximum) {
    return '`max_tokens` must be greater than `thinking.budget_tokens`.'
  }
  const messages = list(body['messages'])
  if (messages.length === 0) return 'messages: at least one message is required'
  let unanswered: readonly unknown[] = []
  for (const [index, message] of messages.entries()) {
    const role = field(message, 'role')
    if (role !== 'user' && role !== 'assistant') {
      return `messages: Unexpected role "${role}". The Messages API accepts a top-level \`system\` parameter, not "system" as an input message role.`
    }
    const blocks = list(field(message, 'content'))
    const results = idsOf(blocks, 'tool_result', 'tool_use_id')
    const missing = unanswered.find((id) => !results.includes(id))
    if (missing !== undefined) {
      return `messages.${index - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`
    }
    const unexpected = results.find((id) => !unanswered.includes(id))
    if (unexpected !== undefined) {
      return `messages.${index}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unexpected}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`
    }
    unanswered = role === 'assistant' ? idsOf(blocks, 'tool_use', 'id') : []
  }
  return undefined
}

function idsOf(blocks: readonly unknown[], type: string, name: string): readonly unknown[] {
  return blocks.filter((block) => field(block, 'type') === type).map((block) => field(block, name))
}

function typed(type: string, value: Record<string, unknown>): string {
  return named(type, { type, ...value })
}

function named(event: string, value: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`
}
