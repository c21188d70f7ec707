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
import type { StreamReply, WholeReply } from '../reply.ts'
import type { Trace, TraceRecorder } from '../telemetry/trace.ts'
import { OperationReply } from './ask.ts'
import { unknownField, wrong } from './fields.ts'
import { parseObject, type StandardSchema, toJSONSchema } from './schema.ts'

/** A call that the model wants the application to make. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  /** The JSON text as the model wrote it. */
  readonly arguments: string
}

/** A whole answer to `gateway.chat`. `Object` is what a `schema` makes of it. */
export class ChatReply<Object = unknown> extends OperationReply<ChatResponse> {
  readonly #object: Object | undefined

  constructor(response: ChatResponse, recorder: TraceRecorder, object?: Object) {
    super(response, recorder)
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

  get #content(): readonly AnswerPart[] {
    return this.response.choices[0]?.content ?? []
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
export function chatReply<Object>(
  { response }: WholeReply<Chat>,
  recorder: TraceRecorder,
  schema?: StandardSchema<Object>,
): ChatReply<Object> | Promise<ChatReply<Object>> {
  if (!schema) return new ChatReply(response, recorder)
  return parseObject(schema, textOf(response, 'text')).then((object) => new ChatReply(response, recorder, object))
}

/** What a request may say, and of which kind. One line for each, so that the compiler tells when one is missing. */
const fields: { readonly [Field in keyof ChatInput]-?: string } = {
  model: 'string',
  // Looked at more closely below.
  messages: 'string list object',
  stream: 'boolean',
  headers: 'object',
  tools: 'list',
  toolChoice: 'string object',
  parallelToolCalls: 'boolean',
  output: 'object',
  reasoning: 'object',
  maxOutputTokens: 'number',
  temperature: 'number',
  topP: 'number',
  topK: 'number',
  stop: 'string list',
  seed: 'number',
  frequencyPenalty: 'number',
  presencePenalty: 'number',
  logitBias: 'object',
  logprobs: 'boolean',
  topLogprobs: 'number',
  n: 'number',
  serviceTier: 'string',
  user: 'string',
  metadata: 'object',
  heldBy: 'object',
  store: 'boolean',
  modalities: 'list',
  extensions: 'object',
}

const roles = ['system', 'developer', 'user', 'assistant', 'tool']
const parts = [
  'text',
  'image',
  'audio',
  'video',
  'file',
  'tool-call',
  'tool-result',
  'reasoning',
  'refusal',
  'extension',
]
const outputs = ['text', 'json', 'json-schema']

/** What a part must say, and of which kind. */
const words = { text: 'string' }
const media = { source: 'object' }
const needed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  text: words,
  reasoning: words,
  refusal: words,
  image: media,
  audio: media,
  video: media,
  file: media,
  'tool-call': { id: 'string', name: 'string', arguments: 'string' },
  'tool-result': { id: 'string', content: 'string list' },
}

/** Makes the request of what an application wrote. Throws `invalid_request`, naming the field. */
export function chatRequest(
  input: ChatInput & { readonly schema?: unknown },
  schema?: StandardSchema<unknown>,
): ChatRequest {
  const request: { -readonly [Field in keyof ChatRequest]?: unknown } = {}
  for (const name in input) {
    if (name === 'schema' && input.schema === schema) continue
    const kinds = (fields as Record<string, string>)[name]
    const value = (input as unknown as Record<string, unknown>)[name]
    if (kinds === undefined || !Object.hasOwn(fields, name)) throw unknownField(name, Object.keys(fields))
    if (value !== undefined && !fits(value, kinds))
      throw wrong(`${name} is ${show(value)}: it must be ${aOrAn(kinds)}.`)
    request[name as keyof ChatRequest] = value
  }
  const { messages, stop, model, tools, output } = input
  if (typeof model !== 'string' || model === '') throw wrong(`model is ${show(model)}: name a group or provider/model.`)
  tools?.forEach((tool, index) => {
    const { type } = tool ?? {}
    if (type !== 'function' && type !== 'hosted')
      throw wrong(`tools[${index}].type is ${show(type)}: it is function or hosted.`)
    if (type === 'function' && typeof tools[index] === 'object' && !('name' in tools[index]!))
      throw wrong(`tools[${index}].name is missing.`)
  })
  request.messages = typeof messages === 'string' ? [{ role: 'user', content: text(messages) }] : messageList(messages)
  if (typeof stop === 'string') request.stop = [stop]
  if (schema) {
    const said = input.output?.type === 'json-schema' ? input.output : undefined
    request.output = { type: 'json-schema', schema: toJSONSchema(schema), strict: true, ...said }
  } else if (output) {
    if (!outputs.includes(output.type))
      throw wrong(`output.type is ${show(output.type)}: it is one of ${outputs.join(', ')}.`)
    if (output.type === 'json-schema' && !fits(output.schema, 'object'))
      throw wrong(`output.schema is ${show(output.schema)}: it must be an object.`)
  }
  return request as ChatRequest
}

function messageList(messages: readonly MessageInput[]): readonly Message[] {
  if (!Array.isArray(messages)) throw wrong(`messages is ${show(messages)}: give a string or a list of messages.`)
  return messages.map((message: MessageInput, index) => {
    const at = `messages[${index}]`
    if (!roles.includes(message?.role))
      throw wrong(`${at}.role is ${show(message?.role)}: it is one of ${roles.join(', ')}.`)
    const { content } = message
    if (typeof content === 'string') return { ...message, content: text(content) }
    if (!Array.isArray(content)) throw wrong(`${at}.content is ${show(content)}: give a string or a list of parts.`)
    content.forEach((part: Part, place) => {
      if (!parts.includes(part?.type))
        throw wrong(`${at}.content[${place}].type is no part of a message: it is one of ${parts.join(', ')}.`)
      for (const field in needed[part.type]) {
        const value = (part as unknown as Record<string, unknown>)[field]
        const kinds = needed[part.type]![field]!
        if (!fits(value, kinds))
          throw wrong(`${at}.content[${place}].${field} is ${show(value)}: it must be ${aOrAn(kinds)}.`)
      }
    })
    return message as Message
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

function aOrAn(kinds: string): string {
  return kinds.replace(/(\w+) ?/g, (_, kind: string) => ` or ${/^o/.test(kind) ? 'an' : 'a'} ${kind}`).slice(4)
}

function fits(value: unknown, kinds: string): boolean {
  if (value === null || Number.isNaN(value)) return false
  return kinds.includes(typeof value) || (Array.isArray(value) && kinds.includes('list'))
}

/** The kind of a wrong value: the value itself may be a prompt. */
function show(value: unknown): string {
  if (value === null || Number.isNaN(value)) return String(value)
  return value === '' ? 'empty' : typeof value
}
