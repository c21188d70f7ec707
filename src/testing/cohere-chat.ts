import { type FailureReason, failureHeaders, type WireFailure } from './failure.ts'
import { type GeneratedChoice, type Generation, type Piece, textOf } from './generation.ts'
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

/** Speaks Cohere's Chat, version 2. */
export const cohereChat: WireFormat = {
  id: 'cohere-chat',
  matches: (path) => path.endsWith('/v2/chat'),
  read: ({ body }) => ({
    model: String(body['model'] ?? ''),
    stream: body['stream'] === true,
    maxOutputTokens: positive(body['max_tokens'], Number.POSITIVE_INFINITY),
    choices: 1,
    input: [body['messages'], body['tools'], body['documents'], body['response_format']],
    lastUserText: lastText(body['messages'], (role) => role === 'user', 'content'),
    schema: field(body['response_format'], 'json_schema') ?? field(body['response_format'], 'schema'),
  }),
  complaint,
  headers: (stream, _arrival, serial) => ({
    'content-type': stream ? 'text/event-stream' : 'application/json',
    'x-debug-trace-id': serial,
  }),
  whole(generation) {
    const { pieces } = generation.choices[0]!
    const calls = pieces.flatMap((piece, index) =>
      piece.type === 'tool-call' ? [callOf(piece, generation, index, textOf(piece))] : [],
    )
    const plan = pieces.filter((piece) => isPlan(piece, pieces)).map(textOf)
    const content = pieces
      .filter((piece) => isShown(piece) && piece.type !== 'tool-call' && !isPlan(piece, pieces))
      .map((piece) => contentOf(piece, textOf(piece)))
    return JSON.stringify({
      id: generation.serial,
      message: {
        role: 'assistant',
        ...(plan.length > 0 && { tool_plan: plan.join('') }),
        ...(calls.length > 0 && { tool_calls: calls }),
        ...(content.length > 0 && { content }),
      },
      ...endOf(generation),
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
        'x-debug-trace-id': serial,
        ...(failure.wait?.reset && { 'x-ratelimit-reset-requests': failure.wait.reset }),
        ...failureHeaders(failure),
      },
      body: { id: serial, message },
    }
  },
  // The one place that a stream has for an error is its end.
  failureFrame: ({ body }: WireFailure) =>
    event('message-end', { delta: { error: field(body, 'message'), finish_reason: 'ERROR' } }),
}

interface FailureRow {
  readonly status: number
  readonly message: (model: string) => string
}

/** @see https://docs.cohere.com/reference/errors */
const failures: Readonly<Record<FailureReason, FailureRow>> = {
  'rate-limited': {
    status: 429,
    message: () =>
      "You are using a Trial key, which is limited to 20 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'.",
  },
  overloaded: { status: 503, message: () => 'The service is overloaded, please try again later.' },
  'server-error': { status: 500, message: () => 'internal server error, this has been reported to our developers' },
  unauthorized: {
    status: 401,
    message: () => 'Incorrect API key provided. You can find your API key at https://dashboard.cohere.com/api-keys.',
  },
  'permission-denied': { status: 403, message: () => 'your API key does not have permission for this operation' },
  'quota-exhausted': {
    status: 402,
    message: () => 'Please add or update your payment method at https://dashboard.cohere.com/billing to continue',
  },
  'context-window-exceeded': {
    status: 400,
    message: () =>
      'too many tokens: total number of tokens in the prompt cannot exceed 128000 - received 200042. Try using a shorter prompt, or enabling prompt truncating.',
  },
  'content-filtered': { status: 498, message: () => 'blocked input: please adjust your prompt' },
  'model-not-found': {
    status: 404,
    message: (model) =>
      `model '${model}' not found, make sure the correct model ID was used and that you have access to the model.`,
  },
  'invalid-request': { status: 400, message: () => 'invalid request' },
}

const finishReasons: Readonly<Record<string, string>> = {
  stop: 'COMPLETE',
  refusal: 'COMPLETE',
  length: 'MAX_TOKENS',
  'tool-calls': 'TOOL_CALL',
  'content-filter': 'ERROR_TOXIC',
}

function endOf({ choices, stopSequence, usage, reportUsage }: Generation): Record<string, unknown> {
  const { finishReason } = choices[0]!
  const isSequence = finishReason === 'stop' && stopSequence !== undefined
  const { inputTokens: input_tokens, outputTokens: output_tokens, reasoningTokens: reasoning_tokens } = usage
  return {
    finish_reason: isSequence ? 'STOP_SEQUENCE' : (finishReasons[finishReason] ?? finishReason),
    ...(reportUsage && {
      usage: {
        billed_units: { input_tokens, output_tokens },
        tokens: { input_tokens, output_tokens, ...(reasoning_tokens > 0 && { reasoning_tokens }) },
        cached_tokens: usage.cachedInputTokens,
      },
    }),
  }
}

/** What is said beside calls is a plan, and has a field of its own. */
function isPlan({ type }: Piece, pieces: GeneratedChoice['pieces']): boolean {
  return type === 'text' && pieces.some((piece) => piece.type === 'tool-call')
}

/** There is no place for a thought that only its provider can read. */
function isShown(piece: Piece): boolean {
  return piece.type !== 'reasoning' || !piece.encrypted
}

function contentOf({ type }: Piece, text: string): Record<string, string> {
  return type === 'reasoning' ? { type: 'thinking', thinking: text } : { type: 'text', text }
}

function callOf(
  { id, name }: Piece & { readonly type: 'tool-call' },
  { serial }: Generation,
  index: number,
  text: string,
): object {
  return { id: id ?? `${name}_${serial}${index}`, type: 'function', function: { name, arguments: text } }
}

function* frames(generation: Generation): Generator<StreamFrame, void, undefined> {
  const { pieces } = generation.choices[0]!
  const message = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
  yield opening(event('message-start', { delta: { message } }, generation.serial))
  let contents = 0
  let calls = 0
  for (const [position, piece] of pieces.entries()) {
    if (!isShown(piece)) continue
    const last = position === pieces.length - 1 ? closing : opening
    if (isPlan(piece, pieces)) {
      for (const { text, tokens } of piece.chunks) {
        yield saying(event('tool-plan-delta', { delta: { message: { tool_plan: text } } }), tokens)
      }
    } else if (piece.type === 'tool-call') {
      const index = calls++
      const call = { tool_calls: callOf(piece, generation, position, '') }
      yield saying(event('tool-call-start', { index, delta: { message: call } }), piece.nameTokens)
      for (const { text, tokens } of piece.chunks) {
        const more = { tool_calls: { function: { arguments: text } } }
        yield saying(event('tool-call-delta', { index, delta: { message: more } }), tokens)
      }
      yield last(event('tool-call-end', { index }))
    } else {
      const index = contents++
      const isReasoning = piece.type === 'reasoning'
      yield opening(event('content-start', { index, delta: { message: { content: contentOf(piece, '') } } }))
      for (const { text, tokens } of piece.chunks) {
        const { type: _, ...content } = contentOf(piece, text)
        yield saying(event('content-delta', { index, delta: { message: { content } } }), tokens, isReasoning)
      }
      yield last(event('content-end', { index }))
    }
  }
  yield closing(event('message-end', { delta: endOf(generation) }))
  yield closing('data: [DONE]\n\n')
}

const roles = ['system', 'user', 'assistant', 'tool']

function complaint(body: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof body['model'] !== 'string') return 'invalid request: model is required.'
  const messages = list(body['messages'])
  if (messages.length === 0) return 'invalid request: messages must not be empty.'
  const called = new Set<unknown>()
  for (const [index, message] of messages.entries()) {
    const role = field(message, 'role')
    if (!roles.includes(role as string)) {
      return `invalid request: role must be one of ${roles.join(', ')} at messages[${index}].`
    }
    const calls = list(field(message, 'tool_calls'))
    for (const call of calls) called.add(field(call, 'id'))
    if (role === 'tool' && !called.has(field(message, 'tool_call_id'))) {
      return `invalid request: tool call id not found in previous tool calls at messages[${index}].`
    }
    const content = field(message, 'content')
    if (calls.length === 0 && (content === undefined || (Array.isArray(content) && content.length === 0))) {
      return `invalid request: all elements in messages must have content: messages[${index}] has none.`
    }
  }
  const unknown = ['n', 'stop', 'max_completion_tokens', 'top_p', 'parallel_tool_calls'].find(
    (name) => body[name] !== undefined,
  )
  return unknown && `unknown field: parameter '${unknown}' is not a valid field`
}

function event(type: string, value: Record<string, unknown>, id?: string): string {
  return `event: ${type}\ndata: ${JSON.stringify({ ...(id !== undefined && { id }), type, ...value })}\n\n`
}
