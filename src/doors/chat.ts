import { GatewayError } from '../errors.ts'
import type {
  AnswerPart,
  Chat,
  ChatEvent,
  ChatInput,
  ChatRequest,
  ChatResponse,
  FinishReason,
  Message,
  MessageInput,
  Part,
} from '../operations/chat/index.ts'
import type { Usage } from '../operations/operation.ts'
import type { StreamReply, WholeReply } from '../reply.ts'
import type { Trace, TraceRecorder } from '../telemetry/trace.ts'
import { parseObject, type StandardSchema, toJSONSchema } from './schema.ts'

/** A call that the model wants the application to make. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  /** The JSON text as the model wrote it. */
  readonly arguments: string
}

/** A whole answer to `gateway.chat`. `Object` is what a `schema` makes of it. */
export class ChatReply<Object = unknown> {
  /** The answer in full: all choices, citations, signatures, and what only its provider says. */
  readonly response: ChatResponse
  readonly #recorder: TraceRecorder
  readonly #object: Object | undefined

  constructor(response: ChatResponse, recorder: TraceRecorder, object?: Object) {
    this.response = response
    this.#recorder = recorder
    this.#object = object
  }

  /** The visible text of the first choice. */
  get text(): string {
    return textOf(this.response, 'text')
  }

  /** What the model thought, where its provider shows it. */
  get reasoning(): string {
    return textOf(this.response, 'reasoning')
  }

  /** The model's words of refusal, if it refused. */
  get refusal(): string | undefined {
    return textOf(this.response, 'refusal') || undefined
  }

  get toolCalls(): readonly ToolCall[] {
    return this.#content
      .filter((part) => part.type === 'tool-call')
      .map(({ id, name, arguments: text }) => ({ id, name, arguments: text }))
  }

  /** What the `schema` of the request made of the answer. Undefined when there was none. */
  get object(): Object {
    return this.#object as Object
  }

  get finishReason(): FinishReason {
    return this.response.choices[0]?.finishReason ?? 'other'
  }

  /** The answer as a message, to be put behind those of the request for the next turn. */
  get message(): Message {
    return { role: 'assistant', content: this.#content }
  }

  get usage(): Usage {
    return this.response.usage
  }

  /** Dollars of all attempts together; 0 from the cache; undefined, never 0, when a price is unknown. */
  get cost(): number | undefined {
    return this.trace.cost
  }

  /** Attempts, timings, cache, route and limits of the call. */
  get trace(): Trace {
    return this.#recorder.snapshot()
  }

  get #content(): readonly AnswerPart[] {
    return this.response.choices[0]?.content ?? []
  }

  toJSON(): unknown {
    return this.response
  }
}

/** A streamed answer to `gateway.chat`: iterate it once, for its events or for its text. */
export class ChatStream<Object = unknown> implements AsyncIterable<ChatEvent> {
  readonly #reply: StreamReply<Chat>
  readonly #recorder: TraceRecorder
  readonly #schema: StandardSchema<Object> | undefined
  #read = false
  #whole: Promise<ChatReply<Object>> | undefined
  #collected: () => ChatResponse

  constructor(reply: StreamReply<Chat>, recorder: TraceRecorder, schema?: StandardSchema<Object>) {
    this.#reply = reply
    this.#recorder = recorder
    this.#schema = schema
    const fold = reply.collect()
    this.#collected = () => fold.result()
  }

  /** Gives the events as they come. Leaving the loop ends the provider's work. A second reader is an error. */
  [Symbol.asyncIterator](): AsyncIterator<ChatEvent, undefined> {
    if (this.#read)
      throw new GatewayError('invalid_request', 'A stream has one reader: this one is being read already.')
    this.#read = true
    const reply = this.#reply
    let batch: readonly ChatEvent[] = []
    let index = 0
    const advance = async (): Promise<IteratorResult<ChatEvent, undefined>> => {
      const next = await reply.pull()
      if (!next) return { done: true, value: undefined }
      batch = next
      index = 1
      return { done: false, value: batch[0]! }
    }
    return {
      next: () => (index < batch.length ? Promise.resolve({ done: false, value: batch[index++]! }) : advance()),
      async return() {
        await reply.cancel()
        return { done: true, value: undefined }
      },
    }
  }

  /** The visible text of the first choice, as it comes. */
  get textStream(): AsyncIterable<string> {
    const events = this
    return {
      async *[Symbol.asyncIterator]() {
        // A part may begin with an empty text.
        for await (const event of events) {
          if (event.type === 'text-delta' && event.choice === 0 && event.text !== '') yield event.text
        }
      },
    }
  }

  /** The answer in full. Drains the stream, if nobody reads it. Rejects when the stream fails. */
  get response(): Promise<ChatResponse> {
    return this.reply.then(({ response }) => response)
  }

  /** The whole reply, as without `stream`. Drains the stream, if nobody reads it. Rejects when the stream fails. */
  get reply(): Promise<ChatReply<Object>> {
    this.#whole ??= this.#drain()
    return this.#whole
  }

  /** What is known of the call so far. */
  get trace(): Trace {
    return this.#recorder.snapshot()
  }

  /** Ends the provider's work. */
  cancel(): Promise<void> {
    return this.#reply.cancel()
  }

  async #drain(): Promise<ChatReply<Object>> {
    if (this.#read) await this.#reply.ended
    else {
      this.#read = true
      while (await this.#reply.pull()) {
        // Everything is collected on its way.
      }
    }
    const response = this.#collected()
    const object = this.#schema && (await parseObject(this.#schema, textOf(response, 'text')))
    return new ChatReply(response, this.#recorder, object)
  }
}

/** What the application sees of a whole reply. */
export async function chatReply<Object>(
  reply: WholeReply<Chat>,
  recorder: TraceRecorder,
  schema?: StandardSchema<Object>,
): Promise<ChatReply<Object>> {
  const object = schema && (await parseObject(schema, textOf(reply.response, 'text')))
  return new ChatReply(reply.response, recorder, object)
}

const roles: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'assistant', 'tool'])

/** Makes the request of what an application wrote. Throws `invalid_request`, naming the field. */
export function chatRequest(input: ChatInput, schema: StandardSchema<unknown> | undefined): ChatRequest {
  const { messages, stop, model } = input
  if (typeof model !== 'string' || model === '') {
    throw new GatewayError('invalid_request', `model is ${show(model)}: name a group or provider/model.`)
  }
  return {
    ...input,
    messages: typeof messages === 'string' ? [{ role: 'user', content: text(messages) }] : messageList(messages),
    ...(stop !== undefined && { stop: typeof stop === 'string' ? [stop] : stop }),
    ...(schema && {
      output: {
        type: 'json-schema',
        schema: toJSONSchema(schema),
        strict: true,
        ...(input.output?.type === 'json-schema' && input.output),
      },
    }),
  } as ChatRequest
}

function messageList(messages: readonly MessageInput[]): readonly Message[] {
  if (!Array.isArray(messages)) {
    throw new GatewayError('invalid_request', `messages is ${show(messages)}: give a string or a list of messages.`)
  }
  return messages.map((message: MessageInput, index) => {
    if (!roles.has(message?.role)) {
      throw new GatewayError(
        'invalid_request',
        `messages[${index}].role is ${show(message?.role)}: it is one of ${[...roles].join(', ')}.`,
      )
    }
    const { content } = message
    if (typeof content === 'string') return { ...message, content: text(content) }
    if (Array.isArray(content)) return message as Message
    throw new GatewayError(
      'invalid_request',
      `messages[${index}].content is ${show(content)}: give a string or a list of parts.`,
    )
  })
}

function text(value: string): readonly Part[] {
  return [{ type: 'text', text: value }]
}

function textOf({ choices }: ChatResponse, type: 'text' | 'reasoning' | 'refusal'): string {
  let all = ''
  for (const part of choices[0]?.content ?? []) if (part.type === type) all += part.text
  return all
}

/** The kind of a wrong value: the value itself may be a prompt. */
function show(value: unknown): string {
  return value === null ? 'null' : value === '' ? 'empty' : typeof value
}
