import { type FailureReason, failureHeaders, type WireFailure } from './failure.ts'
import { type GeneratedChoice, type Generation, type Piece, textOf } from './generation.ts'
import {
  type Arrival,
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

/** Speaks OpenAI's Chat Completions, as OpenAI and the many that imitate it. */
export const openaiChat: WireFormat = {
  id: 'openai-chat',
  matches: (path) => path.endsWith('/chat/completions'),
  read: ({ body }) => ({
    model: String(body['model'] ?? ''),
    stream: body['stream'] === true,
    maxOutputTokens: positive(body['max_completion_tokens'] ?? body['max_tokens'], Number.POSITIVE_INFINITY),
    choices: positive(body['n'], 1),
    input: [body['messages'], body['tools'], body['functions'], body['response_format']],
    lastUserText: lastText(body['messages'], (role) => role === 'user', 'content'),
    schema: field(body['response_format'], 'json_schema', 'schema'),
  }),
  complaint,
  headers: (stream, _arrival, serial) => ({
    'content-type': stream ? 'text/event-stream; charset=utf-8' : 'application/json',
    'openai-processing-ms': '115',
    'openai-version': '2020-10-01',
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-limit-tokens': '30000000',
    'x-ratelimit-remaining-requests': '9999',
    'x-ratelimit-remaining-tokens': '29991722',
    'x-ratelimit-reset-requests': '6ms',
    'x-ratelimit-reset-tokens': '16ms',
    'x-request-id': `req_${serial}`,
  }),
  whole(generation, arrival) {
    const choices = generation.choices.map((choice, index) => ({
      index,
      message: messageOf(choice, generation, index, arrival.provider),
      logprobs: null,
      finish_reason: finishReasonOf(choice),
    }))
    return JSON.stringify({
      id: `chatcmpl-${generation.serial}`,
      object: 'chat.completion',
      created: Math.floor(generation.createdAt / 1000),
      model: generation.model,
      choices,
      ...(generation.reportUsage && { usage: wireUsage(generation) }),
      service_tier: 'default',
      system_fingerprint: fingerprint,
    })
  },
  frames,
  failure(failure, { model, provider }, serial) {
    const row = failures[failure.reason]
    const { status = row.status, message = row.message(model) } = failure
    return {
      status,
      headers: {
        'content-type': 'application/json',
        'x-request-id': `req_${serial}`,
        ...(failure.wait?.reset && { 'x-ratelimit-reset-requests': failure.wait.reset }),
        ...failureHeaders(failure),
      },
      body: errorBodies[provider]?.(message, status) ?? {
        error: { message, type: row.type, param: row.param ?? null, code: row.code ?? null },
      },
    }
  },
  failureFrame: ({ body }: WireFailure) => event(body),
  ping: ': PROCESSING\n\n',
}

const fingerprint = 'fp_62a23a81ef'

interface FailureRow {
  readonly status: number
  readonly type: string
  readonly code?: string
  readonly param?: string
  readonly message: (model: string) => string
}

const failures: Readonly<Record<FailureReason, FailureRow>> = {
  'rate-limited': {
    status: 429,
    type: 'requests',
    code: 'rate_limit_exceeded',
    message: (model) =>
      `Rate limit reached for ${model} in organization org-simulated on requests per min (RPM): Limit 500, Used 500, Requested 1. Visit https://platform.openai.com/account/rate-limits to learn more.`,
  },
  overloaded: {
    status: 503,
    type: 'server_error',
    message: () => 'The engine is currently overloaded, please try again later.',
  },
  'server-error': {
    status: 500,
    type: 'server_error',
    message: () => 'The server had an error while processing your request. Sorry about that!',
  },
  unauthorized: {
    status: 401,
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    message: () =>
      'Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.',
  },
  'permission-denied': {
    status: 403,
    type: 'invalid_request_error',
    code: 'unsupported_country_region_territory',
    message: () => 'Country, region, or territory not supported',
  },
  'quota-exhausted': {
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    message: () =>
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
  },
  'context-window-exceeded': {
    status: 400,
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
    param: 'messages',
    message: () =>
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 200042 tokens. Please reduce the length of the messages.",
  },
  'content-filtered': {
    status: 400,
    type: 'invalid_request_error',
    code: 'content_policy_violation',
    message: () => 'Your request was rejected as a result of our safety system.',
  },
  'model-not-found': {
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: (model) => `The model \`${model}\` does not exist or you do not have access to it.`,
  },
  'invalid-request': {
    status: 400,
    type: 'invalid_request_error',
    message: () => 'Invalid request.',
  },
}

/** Who words an error otherwise than OpenAI. */
const errorBodies: Readonly<Record<string, (message: string, status: number) => unknown>> = {
  openrouter: (message, code) => ({ error: { message, code }, user_id: 'user_simulated' }),
  xai: (error, status) => ({
    code: status === 400 ? 'Client specified an invalid argument' : 'The service is unavailable',
    error,
  }),
}

const finishReasons: Readonly<Record<string, string>> = {
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  refusal: 'stop',
}

function finishReasonOf({ finishReason }: GeneratedChoice): string {
  return finishReasons[finishReason] ?? finishReason
}

/** Where a provider shows what its model thinks. OpenAI itself counts it and keeps it. */
const reasoningFields: Readonly<Record<string, 'reasoning' | 'none'>> = {
  openai: 'none',
  azure: 'none',
  openrouter: 'reasoning',
  groq: 'reasoning',
  cerebras: 'reasoning',
}

function reasoningField(provider: string): string {
  return reasoningFields[provider] ?? 'reasoning_content'
}

function messageOf(
  { pieces }: GeneratedChoice,
  generation: Generation,
  choice: number,
  provider: string,
): Record<string, unknown> {
  const ofType = (type: Piece['type']): readonly Piece[] => pieces.filter((piece) => piece.type === type)
  const joined = (type: Piece['type']): string | null => ofType(type).map(textOf).join('') || null
  const calls = pieces.flatMap((piece, index) =>
    piece.type === 'tool-call'
      ? [
          {
            id: callId(piece.id, generation, choice, index),
            type: 'function',
            function: { name: piece.name, arguments: textOf(piece) },
          },
        ]
      : [],
  )
  const refusal = joined('refusal')
  const shown = reasoningField(provider)
  const thought = ofType('reasoning')
  return {
    role: 'assistant',
    content: joined('text') ?? (calls.length > 0 || refusal !== null ? null : ''),
    ...(shown !== 'none' && thought.length > 0 && { [shown]: joined('reasoning') }),
    ...(provider === 'openrouter' && thought.length > 0 && { reasoning_details: thought.map(reasoningDetail) }),
    ...(calls.length > 0 && { tool_calls: calls }),
    refusal,
    annotations: [],
  }
}

function reasoningDetail(piece: Piece, index: number): unknown {
  if (piece.type !== 'reasoning') return undefined
  if (piece.encrypted) return { type: 'reasoning.encrypted', data: piece.encrypted, format: 'unknown', index }
  return { type: 'reasoning.text', text: textOf(piece), format: 'unknown', index, signature: piece.signature }
}

function* frames(generation: Generation, { body, provider }: Arrival): Generator<StreamFrame, void, undefined> {
  const includeUsage = generation.reportUsage && field(body['stream_options'], 'include_usage') === true
  const head = {
    id: `chatcmpl-${generation.serial}`,
    object: 'chat.completion.chunk',
    created: Math.floor(generation.createdAt / 1000),
    model: generation.model,
    service_tier: 'default',
    system_fingerprint: fingerprint,
  }
  const write = (choices: readonly unknown[], usage: unknown = null): string =>
    event({ ...head, choices, ...(includeUsage && { usage }) })
  const delta = (index: number, delta: unknown, finish_reason: string | null = null): string =>
    write([{ index, delta, logprobs: null, finish_reason }])

  for (const [index] of generation.choices.entries()) {
    yield opening(delta(index, { role: 'assistant', content: '', refusal: null }))
  }
  // Answers to one request are written side by side.
  const running = generation.choices.map((choice, index) => deltas(choice, generation, index, provider))
  while (running.length > 0) {
    for (let index = 0; index < running.length; index++) {
      const { done, value } = running[index]!.next()
      if (done) running.splice(index--, 1)
      else yield saying(delta(value.choice, value.delta), value.tokens, value.isReasoning)
    }
  }
  for (const [index, choice] of generation.choices.entries()) yield closing(delta(index, {}, finishReasonOf(choice)))
  if (includeUsage) yield closing(write([], wireUsage(generation)))
  yield closing('data: [DONE]\n\n')
}

interface Delta {
  readonly choice: number
  readonly delta: unknown
  readonly tokens: number
  readonly isReasoning?: boolean
}

function* deltas(
  { pieces }: GeneratedChoice,
  generation: Generation,
  choice: number,
  provider: string,
): Generator<Delta, void, undefined> {
  let call = -1
  let thought = -1
  for (const [index, piece] of pieces.entries()) {
    if (piece.type === 'tool-call') {
      const id = callId(piece.id, generation, choice, index)
      const start = { index: ++call, id, type: 'function', function: { name: piece.name, arguments: '' } }
      yield { choice, delta: { tool_calls: [start] }, tokens: piece.nameTokens }
      for (const { text, tokens } of piece.chunks) {
        yield { choice, delta: { tool_calls: [{ index: call, function: { arguments: text } }] }, tokens }
      }
    } else if (piece.type === 'reasoning') {
      thought++
      const shown = reasoningField(provider)
      if (shown === 'none') continue
      const detailed = provider === 'openrouter'
      if (piece.encrypted || (detailed && piece.chunks.length === 0)) {
        const tokens = piece.chunks[0]?.tokens ?? 0
        if (detailed)
          yield { choice, delta: { reasoning_details: [reasoningDetail(piece, thought)] }, tokens, isReasoning: true }
        continue
      }
      for (const [position, { text, tokens }] of piece.chunks.entries()) {
        const signature = position === piece.chunks.length - 1 ? piece.signature : undefined
        const detail = { type: 'reasoning.text', text, format: 'unknown', index: thought, signature }
        const delta = { [shown]: text, ...(detailed && { reasoning_details: [detail] }) }
        yield { choice, delta, tokens, isReasoning: true }
      }
    } else {
      const name = piece.type === 'refusal' ? 'refusal' : 'content'
      for (const { text, tokens } of piece.chunks) yield { choice, delta: { [name]: text }, tokens }
    }
  }
}

function callId(id: string | undefined, { serial }: Generation, choice: number, index: number): string {
  return id ?? `call_${serial}${choice}${index}`
}

function wireUsage({ usage }: Generation): Record<string, unknown> {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedInputTokens,
      ...(usage.cacheWriteTokens > 0 && { cache_write_tokens: usage.cacheWriteTokens }),
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

const roles = ['system', 'developer', 'user', 'assistant', 'tool', 'function']

function complaint(body: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof body['model'] !== 'string') return 'you must provide a model parameter'
  const messages = list(body['messages'])
  if (messages.length === 0) return "Invalid 'messages': empty array. Expected an array with minimum length 1."
  const called = new Set<unknown>()
  for (const [index, message] of messages.entries()) {
    const role = field(message, 'role')
    if (!roles.includes(role as string))
      return `Invalid value: '${role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`
    for (const call of list(field(message, 'tool_calls'))) called.add(field(call, 'id'))
    if (role === 'tool' && !called.has(field(message, 'tool_call_id'))) {
      return `Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'. (messages[${index}])`
    }
  }
  return undefined
}

function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}
