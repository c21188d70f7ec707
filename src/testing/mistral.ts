import { type FailureReason, failureHeaders, type WireFailure } from './failure.ts'
import { type GeneratedChoice, type Generation, textOf } from './generation.ts'
import { openaiChat } from './openai-chat.ts'
import { closing, field, list, opening, type StreamFrame, saying, type WireFormat } from './wire-format.ts'

/** Speaks Chat Completions as Mistral does, which departs from OpenAI's. */
export const mistral: WireFormat = {
  id: openaiChat.id,
  matches: openaiChat.matches,
  read(arrival) {
    return openaiChat.read(arrival)
  },
  complaint,
  headers: (stream, _arrival, serial) => ({
    'content-type': stream ? 'text/event-stream; charset=utf-8' : 'application/json',
    'mistral-correlation-id': serial,
    'x-ratelimit-limit-req-minute': '1250',
    'x-ratelimit-remaining-req-minute': '1239',
    'x-ratelimit-limit-tokens-minute': '5000000',
    'x-ratelimit-remaining-tokens-minute': '4998783',
  }),
  whole(generation) {
    return JSON.stringify({
      ...headOf(generation, 'chat.completion'),
      ...usageOf(generation),
      choices: generation.choices.map((choice, index) => ({
        index,
        finish_reason: finishReasonOf(choice),
        message: messageOf(choice, generation, index),
      })),
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
        'mistral-correlation-id': serial,
        ...(failure.wait?.reset && { 'x-ratelimit-reset-requests': failure.wait.reset }),
        ...failureHeaders(failure),
      },
      // Whoever has no key is told so by what stands in front of the API.
      body:
        row.code === undefined
          ? { detail: message }
          : { object: 'error', message, type: row.type, param: null, code: row.code, raw_status_code: status },
    }
  },
  failureFrame: ({ body }: WireFailure) => event(body),
}

interface FailureRow {
  readonly status: number
  readonly type?: string
  readonly code?: string
  readonly message: (model: string) => string
}

const failures: Readonly<Record<FailureReason, FailureRow>> = {
  'rate-limited': { status: 429, type: 'rate_limited', code: '1300', message: () => 'Rate limit exceeded' },
  overloaded: {
    status: 503,
    type: 'unreachable_backend',
    code: '1100',
    message: () => 'The service is overloaded, please try again later.',
  },
  'server-error': { status: 500, type: 'internal_server_error', code: '1000', message: () => 'Internal server error' },
  unauthorized: { status: 401, message: () => 'Invalid API Key' },
  'permission-denied': { status: 403, message: () => 'You do not have access to this resource' },
  'quota-exhausted': { status: 402, message: () => 'You have reached the spending limit of your workspace' },
  'context-window-exceeded': {
    status: 400,
    type: 'invalid_request_prompt_too_long',
    code: '3051',
    message: () =>
      'Prompt contains 200042 tokens and 0 draft tokens, too large for model with 131072 maximum context length',
  },
  'content-filtered': {
    status: 400,
    type: 'guardrail_blocked',
    code: '3060',
    message: () => 'The prompt was blocked by moderation_policy',
  },
  'model-not-found': {
    status: 400,
    type: 'invalid_model',
    code: '1500',
    message: (model) => `Invalid model: ${model}`,
  },
  'invalid-request': {
    status: 400,
    type: 'invalid_request_invalid_args',
    code: '3051',
    message: () => 'Invalid request.',
  },
}

const finishReasons: Readonly<Record<string, string>> = {
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  refusal: 'stop',
}

function finishReasonOf({ finishReason }: GeneratedChoice): string {
  return finishReasons[finishReason] ?? finishReason
}

function headOf({ serial, createdAt, model }: Generation, object: string): Record<string, unknown> {
  return { id: serial, object, created: Math.floor(createdAt / 1000), model }
}

function usageOf({ usage, reportUsage }: Generation): object {
  return {
    ...(reportUsage && {
      usage: {
        prompt_tokens: usage.inputTokens,
        total_tokens: usage.inputTokens + usage.outputTokens,
        completion_tokens: usage.outputTokens,
        prompt_tokens_details: { cached_tokens: usage.cachedInputTokens },
      },
    }),
  }
}

/** Content is a text, or a list as soon as there is a thought. */
function messageOf(choice: GeneratedChoice, generation: Generation, index: number): object {
  const shown = choice.pieces.filter((piece) => piece.type !== 'tool-call')
  const thinks = shown.some(({ type }) => type === 'reasoning')
  const content = shown.map((piece) =>
    piece.type === 'reasoning' ? thought(textOf(piece)) : { type: 'text', text: textOf(piece) },
  )
  const calls = callsOf(choice, generation, index)
  return {
    role: 'assistant',
    tool_calls: calls.length > 0 ? calls.map(({ call }) => call) : null,
    content: thinks ? content : shown.map(textOf).join(''),
  }
}

function thought(text: string): object {
  return { type: 'thinking', thinking: [{ type: 'text', text }] }
}

interface Call {
  readonly call: object
  readonly tokens: number
}

function callsOf({ pieces }: GeneratedChoice, { serial }: Generation, choice: number): readonly Call[] {
  return pieces
    .filter((piece) => piece.type === 'tool-call')
    .map((piece, index) => ({
      // Nine letters and digits.
      call: {
        id: piece.id ?? `${serial.slice(-5)}${choice}${String(index).padStart(3, '0')}`,
        function: { name: piece.name, arguments: textOf(piece) },
        index,
      },
      tokens: piece.nameTokens + piece.chunks.reduce((sum, { tokens }) => sum + tokens, 0),
    }))
}

function* frames(generation: Generation): Generator<StreamFrame, void, undefined> {
  const head = headOf(generation, 'chat.completion.chunk')
  const write = (index: number, delta: object, finish_reason: string | null = null, more: object = {}): string =>
    event({ ...head, choices: [{ index, delta, finish_reason }], ...more })
  for (const [index, choice] of generation.choices.entries()) {
    yield opening(write(index, { role: 'assistant', content: '' }))
    for (const piece of choice.pieces) {
      if (piece.type === 'tool-call') continue
      const isReasoning = piece.type === 'reasoning'
      for (const { text, tokens } of piece.chunks) {
        yield saying(write(index, { content: isReasoning ? [thought(text)] : text }), tokens, isReasoning)
      }
    }
    // All calls come at once, with the end, and the usage with both, asked for or not.
    const calls = callsOf(choice, generation, index)
    const tokens = calls.reduce((sum, call) => sum + call.tokens, 0)
    const delta = calls.length > 0 ? { tool_calls: calls.map(({ call }) => call) } : { content: '' }
    const isLast = index === generation.choices.length - 1
    const end = write(index, delta, finishReasonOf(choice), isLast ? usageOf(generation) : {})
    yield calls.length > 0 ? saying(end, tokens) : closing(end)
  }
  yield closing('data: [DONE]\n\n')
}

const unknownFields = ['max_completion_tokens', 'seed', 'user', 'logit_bias', 'stream_options', 'store', 'modalities']

function complaint(body: Readonly<Record<string, unknown>>): string | undefined {
  const extra = unknownFields.find((name) => body[name] !== undefined)
  if (extra) return `Extra inputs are not permitted: ${extra}`
  const messages = list(body['messages'])
  const ids = messages.flatMap((message) => [
    field(message, 'tool_call_id'),
    ...list(field(message, 'tool_calls')).map((call) => field(call, 'id')),
  ])
  const wrong = ids.find((id) => id !== undefined && !/^[a-zA-Z0-9]{9}$/.test(String(id)))
  if (wrong !== undefined) return `Tool call id was ${wrong} but must be a-z, A-Z, 0-9, with a length of 9.`
  const last = messages.at(-1)
  if (field(last, 'role') === 'assistant' && field(last, 'prefix') !== true) {
    return 'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant'
  }
  return openaiChat.complaint(body)
}

function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}
