/**
 * What a language model is to the AI SDK, in the versions 2, 3 and 4 of its provider specification: those of `ai` 5, 6
 * and 7. By structure, so that nothing is imported; facts from @ai-sdk/provider 2.0.5, 3.0.19 and 4.0.38.
 */

export type SpecificationVersion = 'v2' | 'v3' | 'v4'

export type JSONValue = null | string | number | boolean | JSONObject | JSONValue[]
export interface JSONObject {
  [key: string]: JSONValue
}

/** By the name of a provider, what only that provider knows. */
export type ProviderMetadata = Record<string, JSONObject>
export type ProviderOptions = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>

export interface Optioned {
  readonly providerOptions?: ProviderOptions | undefined
}

/** The bytes of a file, or where they are. Version 4 says which by a `type`; before, a string is base64. */
export type FileData = Uint8Array | string | URL | TaggedData
export type TaggedData =
  | { readonly type: 'data'; readonly data: Uint8Array | string }
  | { readonly type: 'url'; readonly url: URL | string }
  | { readonly type: 'reference'; readonly reference: Readonly<Record<string, string>> }
  | { readonly type: 'text'; readonly text: string }

export interface PromptText extends Optioned {
  readonly type: 'text'
  readonly text: string
}

export interface PromptFile extends Optioned {
  readonly type: 'file'
  readonly data: FileData
  /** `image/png`, `image/*`, or only `image`. */
  readonly mediaType: string
  readonly filename?: string | undefined
}

export interface PromptReasoning extends Optioned {
  readonly type: 'reasoning'
  readonly text: string
}

export interface PromptToolCall extends Optioned {
  readonly type: 'tool-call'
  readonly toolCallId: string
  readonly toolName: string
  /** The arguments, parsed. */
  readonly input: unknown
  readonly providerExecuted?: boolean | undefined
}

export interface PromptToolResult extends Optioned {
  readonly type: 'tool-result'
  readonly toolCallId: string
  readonly toolName: string
  readonly output: ToolOutput
}

/** Parts that only the AI SDK knows: they are kept as they are. */
export interface PromptOther extends Optioned {
  readonly type: 'reasoning-file' | 'custom' | 'tool-approval-request' | 'tool-approval-response'
  readonly data?: FileData | undefined
}

export type PromptPart = PromptText | PromptFile | PromptReasoning | PromptToolCall | PromptToolResult | PromptOther

export type PromptMessage = Optioned &
  (
    | { readonly role: 'system'; readonly content: string }
    | { readonly role: 'user' | 'assistant' | 'tool'; readonly content: readonly PromptPart[] }
  )

export type ToolOutput =
  | { readonly type: 'text' | 'error-text'; readonly value: string }
  | { readonly type: 'json' | 'error-json'; readonly value: unknown }
  | { readonly type: 'execution-denied'; readonly reason?: string | undefined }
  | { readonly type: 'content'; readonly value: readonly OutputPart[] }

/** A piece of a tool's result. `media` is of version 2; version 4 has only `text`, `file` and `custom`. */
export type OutputPart = Optioned &
  (
    | { readonly type: 'text'; readonly text: string }
    | {
        readonly type: 'file' | 'media' | 'file-data' | 'image-data'
        readonly data: FileData
        readonly mediaType: string
        readonly filename?: string | undefined
      }
    | { readonly type: 'file-url' | 'image-url'; readonly url: string; readonly mediaType?: string | undefined }
    | {
        readonly type: 'file-id' | 'image-file-id'
        readonly fileId: string | Readonly<Record<string, string>>
      }
    | { readonly type: 'custom' }
  )

export interface FunctionTool extends Optioned {
  readonly type: 'function'
  readonly name: string
  readonly description?: string | undefined
  /** JSON Schema. */
  readonly inputSchema: object
  readonly inputExamples?: readonly unknown[] | undefined
  readonly strict?: boolean | undefined
}

/** A tool that a provider runs itself, or whose form it prescribes: `provider-defined` in version 2. */
export interface ProviderTool {
  readonly type: 'provider' | 'provider-defined'
  /** `anthropic.web_search_20250305` */
  readonly id: string
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
}

export type ToolChoice =
  | { readonly type: 'auto' | 'none' | 'required' }
  | { readonly type: 'tool'; readonly toolName: string }

/** What a model is asked. */
export interface ModelCall extends Optioned {
  readonly prompt: readonly PromptMessage[]
  readonly maxOutputTokens?: number | undefined
  readonly temperature?: number | undefined
  readonly stopSequences?: readonly string[] | undefined
  readonly topP?: number | undefined
  readonly topK?: number | undefined
  readonly presencePenalty?: number | undefined
  readonly frequencyPenalty?: number | undefined
  readonly responseFormat?:
    | { readonly type: 'text' }
    | {
        readonly type: 'json'
        readonly schema?: object | undefined
        readonly name?: string | undefined
        readonly description?: string | undefined
      }
    | undefined
  readonly seed?: number | undefined
  readonly tools?: readonly (FunctionTool | ProviderTool)[] | undefined
  readonly toolChoice?: ToolChoice | undefined
  readonly includeRawChunks?: boolean | undefined
  readonly abortSignal?: AbortSignal | undefined
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
  /** Of version 4: `none` to `max`, or `provider-default`. */
  readonly reasoning?: string | undefined
}

/** What differs between the versions in what a model says. */
export interface Saying {
  readonly v2: { finishReason: UnifiedFinish; usage: FlatUsage; fileData: string }
  readonly v3: { finishReason: FinishReason; usage: NestedUsage; fileData: string }
  readonly v4: {
    finishReason: FinishReason
    usage: NestedUsage
    fileData: { type: 'data'; data: string } | { type: 'url'; url: URL }
  }
}

export type UnifiedFinish = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other'

export interface FinishReason {
  unified: UnifiedFinish
  raw: string | undefined
}

export interface FlatUsage {
  inputTokens: number | undefined
  outputTokens: number | undefined
  totalTokens: number | undefined
  reasoningTokens?: number | undefined
  cachedInputTokens?: number | undefined
}

export interface NestedUsage {
  inputTokens: {
    total: number | undefined
    noCache: number | undefined
    cacheRead: number | undefined
    cacheWrite: number | undefined
  }
  outputTokens: { total: number | undefined; text: number | undefined; reasoning: number | undefined }
}

interface Described {
  providerMetadata?: ProviderMetadata
}

export type Source = Described &
  (
    | { type: 'source'; sourceType: 'url'; id: string; url: string; title?: string }
    | { type: 'source'; sourceType: 'document'; id: string; mediaType: string; title: string; filename?: string }
  )

/** Which words of the answer rest on which source. Of version 4. */
export interface SourceCitation {
  source: Source
  startIndex?: number
  endIndex?: number
  citedText?: string
}

export interface ToolCallContent extends Described {
  type: 'tool-call'
  toolCallId: string
  toolName: string
  /** The arguments as JSON text. */
  input: string
}

export interface FileContent<V extends SpecificationVersion> extends Described {
  type: 'file'
  mediaType: string
  data: Saying[V]['fileData']
}

/** Something that only one provider can say. Of version 4. */
interface CustomContent extends Described {
  type: 'custom'
  kind: `${string}.${string}`
}

type Custom<V extends SpecificationVersion> = V extends 'v4' ? CustomContent : never

/** A piece of a whole answer. */
export type Content<V extends SpecificationVersion> =
  | (Described & { type: 'text'; text: string; citations?: SourceCitation[] })
  | (Described & { type: 'reasoning'; text: string })
  | Source
  | ToolCallContent
  | FileContent<V>
  | Custom<V>

export interface CallWarning {
  type: 'other'
  message: string
}

interface ResponseMetadata {
  id?: string
  timestamp?: Date
  modelId?: string
}

/** A piece of a streamed answer. */
export type StreamPart<V extends SpecificationVersion> =
  | { type: 'stream-start'; warnings: CallWarning[] }
  | ({ type: 'response-metadata' } & ResponseMetadata)
  | (Described & { type: 'text-start' | 'reasoning-start' | 'reasoning-end'; id: string })
  | (Described & { type: 'text-end'; id: string; citations?: SourceCitation[] })
  | (Described & { type: 'text-delta' | 'reasoning-delta' | 'tool-input-delta'; id: string; delta: string })
  | (Described & { type: 'tool-input-start'; id: string; toolName: string })
  | (Described & { type: 'tool-input-end'; id: string })
  | ToolCallContent
  | Source
  | FileContent<V>
  | Custom<V>
  | (Described & { type: 'finish'; usage: Saying[V]['usage']; finishReason: Saying[V]['finishReason'] })
  | { type: 'raw'; rawValue: unknown }
  | { type: 'error'; error: unknown }

export interface GenerateResult<V extends SpecificationVersion> {
  content: Content<V>[]
  finishReason: Saying[V]['finishReason']
  usage: Saying[V]['usage']
  providerMetadata: ProviderMetadata
  response: ResponseMetadata & { headers: Record<string, string> }
  warnings: CallWarning[]
}

export interface StreamResult<V extends SpecificationVersion> {
  stream: ReadableStream<StreamPart<V>>
  response: { headers: Record<string, string> }
}

/** A language model of the AI SDK. */
export interface LanguageModel<V extends SpecificationVersion> {
  readonly specificationVersion: V
  readonly provider: string
  readonly modelId: string
  /** By media type, the addresses that the model reads by itself; others are downloaded by the AI SDK. */
  readonly supportedUrls: Record<string, RegExp[]>
  doGenerate(call: ModelCall): Promise<GenerateResult<V>>
  doStream(call: ModelCall): Promise<StreamResult<V>>
}

/** A language model that somebody else made, of any version. */
export interface AnyLanguageModel {
  readonly specificationVersion: string
  readonly provider: string
  readonly modelId: string
  doGenerate(call: never): PromiseLike<object>
  doStream(call: never): PromiseLike<{ readonly stream: ReadableStream<unknown> }>
}
