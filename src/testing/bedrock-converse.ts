import { writeAwsFrame } from './aws-frame.ts'
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

/** Speaks the Converse API of Amazon Bedrock, whose streams are binary. */
export const bedrockConverse: WireFormat = {
  id: 'bedrock-converse',
  matches: (path) => /\/model\/[^/]+\/converse(-stream)?$/.test(path),
  read: ({ url, body }) => ({
    model: decodeURIComponent(/\/model\/([^/]+)\//.exec(url.pathname)?.[1] ?? ''),
    stream: url.pathname.endsWith('-stream'),
    maxOutputTokens: positive(field(body['inferenceConfig'], 'maxTokens'), Number.POSITIVE_INFINITY),
    choices: 1,
    input: [body['system'], body['messages'], body['toolConfig']],
    lastUserText: lastText(body['messages'], (role) => role === 'user', 'content'),
    schema: schemaIn(body),
  }),
  complaint,
  headers: (stream, _arrival, serial) => ({
    'content-type': stream ? 'application/vnd.amazon.eventstream' : 'application/json',
    'x-amzn-requestid': serial,
  }),
  whole(generation) {
    const content = generation.choices[0]!.pieces.map((piece, index) => blockOf(piece, generation, index))
    return JSON.stringify({
      metrics: { latencyMs: 626 },
      output: { message: { content, role: 'assistant' } },
      stopReason: stopReasonOf(generation),
      ...(generation.reportUsage && { usage: wireUsage(generation) }),
    })
  },
  frames,
  encode: (text) => {
    const [, kind = '', name = '', payload = ''] = /^(\w+) (\w+)\n(.*)$/s.exec(text) ?? []
    return writeAwsFrame(
      [
        [`:${kind}-type`, name],
        [':content-type', 'application/json'],
        [':message-type', kind],
      ],
      payload,
    )
  },
  failure(failure, { model }, serial) {
    const row = failures[failure.reason]
    const { status = row.status, message = row.message(model) } = failure
    return {
      status,
      headers: {
        'content-type': 'application/json',
        'x-amzn-requestid': serial,
        'x-amzn-errortype': `${row.name}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
        ...(failure.wait?.reset && { 'x-ratelimit-reset-requests': failure.wait.reset }),
        ...failureHeaders(failure),
      },
      body: { message },
    }
  },
  // Inside a stream the name of an exception begins with a small letter.
  failureFrame({ headers, body }: WireFailure) {
    const name = headers['x-amzn-errortype']!.replace(/:.*/, '')
    return `exception ${name.charAt(0).toLowerCase()}${name.slice(1)}\n${JSON.stringify(body)}`
  },
}

interface FailureRow {
  readonly status: number
  readonly name: string
  readonly message: (model: string) => string
}

const failures: Readonly<Record<FailureReason, FailureRow>> = {
  'rate-limited': {
    status: 429,
    name: 'ThrottlingException',
    message: () => 'Too many requests, please wait before trying again.',
  },
  overloaded: {
    status: 503,
    name: 'ServiceUnavailableException',
    message: () => 'The service is temporarily overloaded and cannot process your request. Try again later.',
  },
  'server-error': {
    status: 500,
    name: 'InternalServerException',
    message: () => 'The system encountered an unexpected error during processing. Try your request again.',
  },
  unauthorized: {
    status: 403,
    name: 'UnrecognizedClientException',
    message: () => 'The security token included in the request is invalid.',
  },
  'permission-denied': {
    status: 403,
    name: 'AccessDeniedException',
    message: (model) =>
      `User: arn:aws:iam::000000000000:user/simulated is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/${model} because no identity-based policy allows the bedrock:InvokeModel action`,
  },
  // Nobody has money at AWS that could run out: this is a limit of the account.
  'quota-exhausted': {
    status: 400,
    name: 'ServiceQuotaExceededException',
    message: () => 'Your request exceeds the service quota for your account.',
  },
  'context-window-exceeded': {
    status: 400,
    name: 'ValidationException',
    message: () => 'Input is too long for requested model.',
  },
  'content-filtered': {
    status: 400,
    name: 'ValidationException',
    message: () => 'The model returned the following errors: Output blocked by content filtering policy',
  },
  'model-not-found': {
    status: 400,
    name: 'ValidationException',
    message: () => 'The provided model identifier is invalid.',
  },
  'invalid-request': {
    status: 400,
    name: 'ValidationException',
    message: () =>
      'The model returned the following errors: Malformed input request, please reformat your input and try again.',
  },
}

const stopReasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'content_filtered',
}

function stopReasonOf({ choices, stopSequence }: Generation): string {
  const { finishReason } = choices[0]!
  if (finishReason === 'stop' && stopSequence !== undefined) return 'stop_sequence'
  return stopReasons[finishReason] ?? finishReason
}

function blockOf(piece: Piece, generation: Generation, index: number): unknown {
  const text = textOf(piece)
  switch (piece.type) {
    case 'tool-call':
      return { toolUse: { input: parsedInput(text), ...callOf(piece, generation, index) } }
    case 'reasoning':
      if (piece.encrypted) return { reasoningContent: { redactedContent: piece.encrypted } }
      return {
        reasoningContent: { reasoningText: { ...(piece.signature && { signature: piece.signature }), text } },
      }
    default:
      return { text }
  }
}

function callOf(piece: Piece & { readonly type: 'tool-call' }, { serial }: Generation, index: number): object {
  return { name: piece.name, toolUseId: piece.id ?? `tooluse_${serial}${index}` }
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
  let count = 0
  // A padding of changing length hides how long the words are.
  const write = (name: string, value: object): string =>
    `event ${name}\n${JSON.stringify({ ...value, p: padding.slice(0, 2 + ((count++ * 17) % 59)) })}`

  yield opening(write('messageStart', { role: 'assistant' }))
  for (const [contentBlockIndex, piece] of pieces.entries()) {
    // Only calls are begun; texts and thoughts just come.
    if (piece.type === 'tool-call') {
      const start = { toolUse: callOf(piece, generation, contentBlockIndex) }
      yield saying(write('contentBlockStart', { contentBlockIndex, start }), piece.nameTokens)
    }
    for (const { delta, tokens } of deltas(piece)) {
      const text = write('contentBlockDelta', { contentBlockIndex, delta })
      yield tokens > 0 ? saying(text, tokens, piece.type === 'reasoning') : opening(text)
    }
    const stop = write('contentBlockStop', { contentBlockIndex })
    yield contentBlockIndex === pieces.length - 1 ? closing(stop) : opening(stop)
  }
  yield closing(write('messageStop', { stopReason: stopReasonOf(generation) }))
  // The usage comes after the end.
  const usage = generation.reportUsage && { usage: wireUsage(generation) }
  yield closing(write('metadata', { metrics: { latencyMs: 529 }, ...usage }))
}

const padding = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

function* deltas(piece: Piece): Generator<{ readonly delta: object; readonly tokens: number }, void, undefined> {
  if (piece.type === 'reasoning' && piece.encrypted) {
    const tokens = piece.chunks.reduce((sum, chunk) => sum + chunk.tokens, 0)
    yield { delta: { reasoningContent: { redactedContent: piece.encrypted } }, tokens }
    return
  }
  for (const { text, tokens } of piece.chunks) {
    if (piece.type === 'tool-call') yield { delta: { toolUse: { input: text } }, tokens }
    else if (piece.type === 'reasoning') yield { delta: { reasoningContent: { text } }, tokens }
    else yield { delta: { text }, tokens }
  }
  if (piece.type === 'reasoning' && piece.signature) {
    yield { delta: { reasoningContent: { signature: piece.signature } }, tokens: 0 }
  }
}

/** Input leaves out what was read from the cache and written to it; the total does not. */
function wireUsage({ usage }: Generation): object {
  const { inputTokens, outputTokens, cachedInputTokens: read, cacheWriteTokens: written } = usage
  return {
    cacheReadInputTokenCount: read,
    cacheReadInputTokens: read,
    cacheWriteInputTokenCount: written,
    cacheWriteInputTokens: written,
    inputTokens: inputTokens - read - written,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
  }
}

/** The schema of the answer comes as JSON in a string. */
function schemaIn(body: Readonly<Record<string, unknown>>): unknown {
  const text = field(body['outputConfig'], 'textFormat', 'structure', 'jsonSchema', 'schema')
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

function complaint(body: Readonly<Record<string, unknown>>): string | undefined {
  const messages = list(body['messages'])
  if (messages.length === 0 || field(messages[0], 'role') !== 'user') {
    return 'A conversation must start with a user message. Try again with a conversation that starts with a user message.'
  }
  let unanswered: readonly unknown[] = []
  for (const [index, message] of messages.entries()) {
    const role = field(message, 'role')
    if (role !== 'user' && role !== 'assistant') {
      return `Value '${role}' at 'messages.${index}.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant]`
    }
    if (role === field(messages[index - 1], 'role')) {
      return 'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.'
    }
    const blocks = list(field(message, 'content'))
    if (blocks.length === 0) {
      return `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`
    }
    for (const [place, block] of blocks.entries()) {
      const text = field(block, 'text')
      if (typeof text === 'string' && text.trim() === '') {
        return `The text field in the ContentBlock object at messages.${index}.content.${place} is blank. Add text to the text field, and try again.`
      }
    }
    const results = idsOf(blocks, 'toolResult')
    const missing = unanswered.filter((id) => !results.includes(id))
    if (missing.length > 0) {
      return `Expected toolResult blocks at messages.${index}.content for the following Ids: ${missing.join(', ')}`
    }
    if (results.length > unanswered.length) {
      return `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`
    }
    unanswered = role === 'assistant' ? idsOf(blocks, 'toolUse') : []
  }
  const usesTools = /"tool(Use|Result)":/.test(JSON.stringify(messages))
  if (usesTools && list(field(body['toolConfig'], 'tools')).length === 0) {
    return 'The toolConfig field must be defined when using toolUse and toolResult content blocks.'
  }
  return undefined
}

function idsOf(blocks: readonly unknown[], name: string): readonly unknown[] {
  return blocks.map((block) => field(block, name, 'toolUseId')).filter((id) => id !== undefined)
}
