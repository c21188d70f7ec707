import Anthropic from '@anthropic-ai/sdk'
import {
  ApiError,
  type Chat,
  type CreateChatParameters,
  type FunctionCall,
  FunctionCallingConfigMode,
  GoogleGenAI,
  type Part,
  type PartListUnion,
} from '@google/genai'
import OpenAI from 'openai'
import type { Gateway } from '../../src/index.ts'
import { pixel, question, schema, system, tool } from '../matrix/questions.ts'
import { drain } from '../world.ts'

/** What an application asks, each in the words of its own SDK. */
export type Kind = 'plain' | 'tools' | 'schema' | 'picture' | 'thinking'

export interface AskOptions {
  readonly stream?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** What an SDK hands to its user, read as its user reads it. */
export interface Said {
  readonly text: string
  readonly reasoning: string
  readonly refusal?: string | null | undefined
  readonly calls: readonly { readonly name: string | undefined; readonly arguments: unknown }[]
  /** In the SDK's own words. */
  readonly finish: unknown
  /** In the SDK's own fields. */
  readonly usage: unknown
  /** Sends the answer back as the SDK gave it, with the result of each call. */
  again(...results: readonly string[]): Promise<Said>
}

export type Ask = (kind: Kind, options?: AskOptions) => Promise<Said>

/** An application that is written for one SDK, and knows nothing of the gateway but its `fetch`. */
export interface Application {
  readonly name: 'openai' | 'anthropic' | 'google'
  /** With the SDK's own retries as they are by default, or with those of `gateway.sdk()`. */
  connect(gateway: Gateway, retries?: 'its own'): Ask
  readonly finish: Readonly<Record<'stop' | 'length' | 'tool-calls' | 'content-filter', string>>
  /** How a refusal ends that came from each provider. */
  readonly refused: Readonly<Record<Application['name'], string>>
  /** What {@link tokens} are in its own fields. */
  readonly usage: object
  /** The error that it throws for a status of the gateway's. */
  readonly errors: Readonly<Record<400 | 401 | 402 | 429 | 502, object>>
  readonly aborted: new (...values: never[]) => Error
  /** The error that it throws when a stream reports a failure. */
  readonly failedMidway: new (
    ...values: never[]
  ) => Error
}

/** What the provider counts where a test looks at usage. */
export const tokens = { inputTokens: 100, cachedInputTokens: 60, outputTokens: 20, reasoningTokens: 5 }

const openai: Application = {
  name: 'openai',
  connect(gateway, retries) {
    const client = new OpenAI(retries ? { apiKey: 'of the application', fetch: gateway.fetch } : gateway.sdk())
    return (kind, options) => ask(openaiRequests[kind], options)

    async function ask(request: OpenAIRequest, options: AskOptions = {}): Promise<Said> {
      const { message, finish, usage, reasoning } = await (options.stream ? streamed : whole)(request, options)
      const calls = message.tool_calls?.filter((call) => call.type === 'function') ?? []
      return {
        text: message.content ?? '',
        reasoning,
        refusal: message.refusal,
        calls: calls.map(({ function: { name, arguments: text } }) => ({ name, arguments: JSON.parse(text) })),
        finish,
        usage,
        again(...results) {
          const answers = calls.map(({ id }, index) => toolMessage(id, results[index]!))
          return ask({ ...request, messages: [...request.messages, message, ...answers] }, options)
        },
      }
    }

    async function whole(request: OpenAIRequest, { signal }: AskOptions): Promise<OpenAIAnswer> {
      const completion = await client.chat.completions.create(request, { signal })
      const { message, finish_reason: finish } = completion.choices[0]!
      return { message, finish, usage: completion.usage, reasoning: thoughtOf(message) }
    }

    async function streamed({ stream: _, ...request }: OpenAIRequest, { signal }: AskOptions): Promise<OpenAIAnswer> {
      let reasoning = ''
      const stream = client.chat.completions
        .stream({ ...request, stream_options: { include_usage: true } }, { signal })
        .on('chunk', ({ choices: [choice] }) => {
          reasoning += thoughtOf(choice?.delta)
        })
      const { choices, usage } = await stream.finalChatCompletion()
      const { message, finish_reason: finish } = choices[0]!
      return { message, finish, usage, reasoning }
    }
  },
  finish: { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls', 'content-filter': 'content_filter' },
  refused: { openai: 'stop', anthropic: 'content_filter', google: 'stop' },
  usage: {
    prompt_tokens: 100,
    completion_tokens: 20,
    total_tokens: 120,
    prompt_tokens_details: { cached_tokens: 60 },
  },
  errors: {
    400: { constructor: OpenAI.BadRequestError, status: 400, code: 'context_length_exceeded' },
    401: { constructor: OpenAI.AuthenticationError, status: 401 },
    402: { constructor: OpenAI.APIError, status: 402 },
    429: { constructor: OpenAI.RateLimitError, status: 429 },
    502: { constructor: OpenAI.InternalServerError, status: 502 },
  },
  aborted: OpenAI.APIUserAbortError,
  failedMidway: OpenAI.APIError,
}

type OpenAIRequest = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming

interface OpenAIAnswer {
  readonly message: OpenAI.Chat.ChatCompletionMessage
  readonly finish: string
  readonly usage: OpenAI.CompletionUsage | undefined
  readonly reasoning: string
}

/** Many providers show thoughts in a field that OpenAI's types do not have. */
function thoughtOf(said: object | undefined): string {
  return (said as { reasoning_content?: string } | undefined)?.reasoning_content ?? ''
}

function toolMessage(id: string, content: string): OpenAI.Chat.ChatCompletionToolMessageParam {
  return { role: 'tool', tool_call_id: id, content }
}

const openaiTool = { type: 'function' as const, function: { ...tool, parameters: schema } }
const openaiRequests: Readonly<Record<Kind, OpenAIRequest>> = {
  plain: {
    model: 'chosen',
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: question },
    ],
    max_completion_tokens: 100,
    temperature: 0.5,
    stop: ['END'],
  },
  tools: {
    model: 'chosen',
    messages: [{ role: 'user', content: question }],
    tools: [openaiTool],
    tool_choice: 'required',
  },
  schema: {
    model: 'chosen',
    messages: [{ role: 'user', content: question }],
    response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } },
  },
  picture: {
    model: 'chosen',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: question },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
        ],
      },
    ],
  },
  thinking: {
    model: 'chosen',
    messages: [{ role: 'user', content: question }],
    reasoning_effort: 'high',
    tools: [openaiTool],
  },
}

const anthropic: Application = {
  name: 'anthropic',
  connect(gateway, retries) {
    const client = new Anthropic(retries ? { apiKey: 'of the application', fetch: gateway.fetch } : gateway.sdk())
    return (kind, options) => ask(anthropicRequests[kind], options)

    async function ask(request: AnthropicRequest, options: AskOptions = {}): Promise<Said> {
      const { stream, ...rest } = options
      const message = stream
        ? await client.messages.stream(request, rest).finalMessage()
        : await client.messages.create(request, rest)
      const { content, stop_reason: finish, usage } = message
      const calls = content.filter((block) => block.type === 'tool_use')
      return {
        text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
        reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
        calls: calls.map(({ name, input }) => ({ name, arguments: input })),
        finish,
        usage,
        again(...results) {
          const answers = calls.map(({ id }, index) => toolResult(id, results[index]!))
          const turn: Anthropic.MessageParam[] = [
            { role: 'assistant', content },
            { role: 'user', content: answers },
          ]
          return ask({ ...request, messages: [...request.messages, ...turn] }, options)
        },
      }
    }
  },
  finish: { stop: 'end_turn', length: 'max_tokens', 'tool-calls': 'tool_use', 'content-filter': 'refusal' },
  refused: { openai: 'refusal', anthropic: 'refusal', google: 'end_turn' },
  usage: { input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 20 },
  errors: {
    400: { constructor: Anthropic.BadRequestError, status: 400, type: 'invalid_request_error' },
    401: { constructor: Anthropic.AuthenticationError, status: 401, type: 'authentication_error' },
    402: { constructor: Anthropic.PaymentRequiredError, status: 402, type: 'billing_error' },
    429: { constructor: Anthropic.RateLimitError, status: 429, type: 'rate_limit_error' },
    502: { constructor: Anthropic.InternalServerError, status: 502, type: 'api_error' },
  },
  aborted: Anthropic.APIUserAbortError,
  failedMidway: Anthropic.APIError,
}

/** Older models still take a temperature, which the types have no more. */
type AnthropicRequest = Anthropic.MessageCreateParamsNonStreaming & { temperature?: number }

function toolResult(id: string, content: string): Anthropic.ToolResultBlockParam {
  return { type: 'tool_result', tool_use_id: id, content }
}

const anthropicTool = { ...tool, input_schema: schema }
const anthropicRequests: Readonly<Record<Kind, AnthropicRequest>> = {
  plain: {
    model: 'chosen',
    system,
    messages: [{ role: 'user', content: question }],
    max_tokens: 100,
    temperature: 0.5,
    stop_sequences: ['END'],
  },
  tools: {
    model: 'chosen',
    messages: [{ role: 'user', content: question }],
    max_tokens: 1024,
    tools: [anthropicTool],
    tool_choice: { type: 'any' },
  },
  schema: {
    model: 'chosen',
    messages: [{ role: 'user', content: question }],
    max_tokens: 1024,
    output_config: { format: { type: 'json_schema', schema } },
  },
  picture: {
    model: 'chosen',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: question },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
        ],
      },
    ],
    max_tokens: 1024,
  },
  thinking: {
    model: 'chosen',
    messages: [{ role: 'user', content: question }],
    max_tokens: 4096,
    thinking: { type: 'enabled', budget_tokens: 2048 },
    tools: [anthropicTool],
  },
}

const google: Application = {
  name: 'google',
  connect(gateway) {
    const { apiKey, fetch } = gateway.sdk()
    const client = new GoogleGenAI({ apiKey, httpOptions: { fetch } })
    return (kind, { stream, signal } = {}) => {
      const { message, config } = googleRequests[kind]
      const abort = signal && { abortSignal: signal }
      return ask(client.chats.create({ model: 'chosen', config: { ...config, ...abort } }), message)

      async function ask(chat: Chat, message: PartListUnion): Promise<Said> {
        const chunks = stream
          ? await drain(await chat.sendMessageStream({ message }))
          : [await chat.sendMessage({ message })]
        const calls = chunks.flatMap(({ functionCalls }) => functionCalls ?? [])
        const parts = chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? [])
        return {
          text: parts.map(({ thought, text = '' }) => (thought ? '' : text)).join(''),
          reasoning: parts.map(({ thought, text }) => (thought ? text : '')).join(''),
          calls: calls.map(({ name, args }) => ({ name, arguments: args })),
          finish: chunks.at(-1)?.candidates?.[0]?.finishReason,
          usage: chunks.at(-1)?.usageMetadata,
          again: (...results) =>
            ask(
              chat,
              calls.map((call, index) => functionResponse(call, results[index]!)),
            ),
        }
      }
    }
  },
  finish: { stop: 'STOP', length: 'MAX_TOKENS', 'tool-calls': 'STOP', 'content-filter': 'SAFETY' },
  refused: { openai: 'STOP', anthropic: 'SAFETY', google: 'STOP' },
  usage: { promptTokenCount: 100, cachedContentTokenCount: 60, totalTokenCount: 120 },
  errors: {
    400: { constructor: ApiError, status: 400 },
    401: { constructor: ApiError, status: 401 },
    402: { constructor: ApiError, status: 402 },
    429: { constructor: ApiError, status: 429 },
    502: { constructor: ApiError, status: 502 },
  },
  aborted: DOMException,
  failedMidway: ApiError,
}

type GoogleRequest = Pick<CreateChatParameters, 'config'> & { message: PartListUnion }

function functionResponse({ id, name }: FunctionCall, output: string): Part {
  return { functionResponse: { ...(id && { id }), ...(name && { name }), response: { output } } }
}

const googleTools = [{ functionDeclarations: [{ ...tool, parametersJsonSchema: schema }] }]
const googleRequests: Readonly<Record<Kind, GoogleRequest>> = {
  plain: {
    message: question,
    config: { systemInstruction: system, maxOutputTokens: 100, temperature: 0.5, stopSequences: ['END'] },
  },
  tools: {
    message: question,
    config: { tools: googleTools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } },
  },
  schema: { message: question, config: { responseMimeType: 'application/json', responseJsonSchema: schema } },
  picture: { message: [question, { inlineData: { mimeType: 'image/png', data: pixel } }] },
  thinking: {
    message: question,
    config: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 }, tools: googleTools },
  },
}

export const applications: readonly Application[] = [openai, anthropic, google]
