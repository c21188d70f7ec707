import type { Extensions, Held, OperationRequest } from '../operation.ts'

/** Asks the provider to keep everything up to here in its prompt cache. */
export interface CacheMark {
  /** How long to keep it, where the provider lets one choose. @default the provider's own, about five minutes */
  readonly ttl?: '5m' | '1h' | undefined
}

interface PartOptions {
  /** Marks the end of a stretch that the provider should cache (Anthropic's `cache_control`). */
  readonly cache?: CacheMark | undefined
  readonly extensions?: Extensions | undefined
}

/** Where the bytes of a picture, a sound or a document are. */
export type MediaSource =
  | { readonly type: 'base64'; readonly data: string; readonly mediaType: string }
  | { readonly type: 'url'; readonly url: string; readonly mediaType?: string | undefined }
  /** A file that was uploaded to the provider before. */
  | { readonly type: 'file-id'; readonly id: string; readonly mediaType?: string | undefined }
  /** A document as plain text. */
  | { readonly type: 'text'; readonly text: string; readonly mediaType?: string | undefined }

export interface TextPart extends PartOptions {
  readonly type: 'text'
  readonly text: string
  /** Where a model's words come from. */
  readonly citations?: readonly Citation[] | undefined
  /** Proof of what the model thought before it spoke, to be sent back unchanged (Gemini's `thoughtSignature`). */
  readonly signature?: Signature | undefined
}

/** A picture, a sound, a video or a document. What a model makes has the same shape as what it is shown. */
export interface MediaPart extends PartOptions {
  readonly type: 'image' | 'audio' | 'video' | 'file'
  readonly source: MediaSource
  /** A file's name or a document's title. */
  readonly name?: string | undefined
  /** How closely to look at a picture, where the provider lets one choose. */
  readonly detail?: 'auto' | 'low' | 'high' | undefined
  /** The words of a sound, where the provider sends them along. */
  readonly transcript?: string | undefined
  readonly signature?: Signature | undefined
}

/** A call that the application must execute. */
export interface ToolCallPart extends PartOptions {
  readonly type: 'tool-call'
  readonly id: string
  readonly name: string
  /** The arguments as the JSON text that the model wrote; `'{}'` when it wrote none. */
  readonly arguments: string
  readonly signature?: Signature | undefined
}

/** What a tool call gave. */
export interface ToolResultPart extends PartOptions {
  readonly type: 'tool-result'
  /** The {@link ToolCallPart.id} that it answers. */
  readonly id: string
  /** The tool's name, where the application's format says it. */
  readonly name?: string | undefined
  readonly content: string | readonly (TextPart | MediaPart | ExtensionPart)[]
  readonly isError?: boolean | undefined
}

/** What a model thought before it spoke. */
export interface ReasoningPart extends PartOptions {
  readonly type: 'reasoning'
  /** The visible text; empty when all of it is encrypted. */
  readonly text: string
  /** Proof of the thought, or the thought itself in encrypted form, to be sent back unchanged. */
  readonly signature?: Signature | undefined
}

/** A word of refusal in place of an answer. */
export interface RefusalPart extends PartOptions {
  readonly type: 'refusal'
  readonly text: string
}

/** Something that only one wire format can say, kept as it came: a hosted tool's call, its result, a compaction. */
export interface ExtensionPart {
  readonly type: 'extension'
  readonly dialect: string
  readonly value: unknown
}

/** A value that only the provider that made it can read. Encoding for another dialect drops it. */
export interface Signature {
  /** The id of the dialect that it came from. */
  readonly origin: string
  readonly value: string
  /** The value is not proof of a visible thought, but the thought itself, encrypted. */
  readonly encrypted?: boolean | undefined
}

/** Where words come from. */
export interface Citation {
  readonly url?: string | undefined
  readonly title?: string | undefined
  /** The words that are cited. */
  readonly text?: string | undefined
  /** The stretch of the answer that rests on the source: offsets into the part's text. */
  readonly start?: number | undefined
  readonly end?: number | undefined
  readonly extensions?: Extensions | undefined
}

export type Part = TextPart | MediaPart | ToolCallPart | ToolResultPart | ReasoningPart | RefusalPart | ExtensionPart

export interface Message {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool'
  readonly content: readonly Part[]
  /** Tells apart participants of one role. */
  readonly name?: string | undefined
  readonly extensions?: Extensions | undefined
}

/** A function that the model may ask the application to call. */
export interface Tool {
  readonly type: 'function'
  readonly name: string
  readonly description?: string | undefined
  /** JSON Schema of the arguments. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined
  /** Hold the model to the schema exactly. */
  readonly strict?: boolean | undefined
  readonly cache?: CacheMark | undefined
  readonly extensions?: Extensions | undefined
}

/** A tool that the provider runs itself, in its own words: web search, code execution. */
export interface HostedTool {
  readonly type: 'hosted'
  readonly dialect: string
  readonly value: Readonly<Record<string, unknown>>
}

/** `'auto'`: as the model likes; `'required'`: some tool; `{ tool }`: this one. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly tool: string }

/** The form that the answer must have. */
export type OutputFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json' }
  | {
      readonly type: 'json-schema'
      readonly schema: Readonly<Record<string, unknown>>
      readonly name?: string | undefined
      readonly description?: string | undefined
      readonly strict?: boolean | undefined
      readonly extensions?: Extensions | undefined
    }

/** How much to think before speaking. */
export interface Reasoning {
  /** In words. `'none'` switches thinking off. Where a provider takes only a budget, a word stands for one. */
  readonly effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max' | undefined
  /** In tokens. Where a provider takes only words, a budget stands for one. */
  readonly budgetTokens?: number | undefined
  /** Whether the thoughts come back as text. @default the provider's own */
  readonly visible?: boolean | undefined
  readonly extensions?: Extensions | undefined
}

/** A chat request as every dialect decodes it and encodes it. Applications may write {@link ChatInput}, which is wider. */
export interface ChatRequest extends OperationRequest {
  readonly messages: readonly Message[]
  readonly tools?: readonly (Tool | HostedTool)[] | undefined
  readonly toolChoice?: ToolChoice | undefined
  /** Whether the model may ask for several tools at once. @default the provider's own, mostly true */
  readonly parallelToolCalls?: boolean | undefined
  readonly output?: OutputFormat | undefined
  readonly reasoning?: Reasoning | undefined
  /** The most tokens to write, reasoning included. */
  readonly maxOutputTokens?: number | undefined
  readonly temperature?: number | undefined
  readonly topP?: number | undefined
  readonly topK?: number | undefined
  readonly stop?: readonly string[] | undefined
  readonly seed?: number | undefined
  readonly frequencyPenalty?: number | undefined
  readonly presencePenalty?: number | undefined
  /** Token id → bias from -100 to 100. */
  readonly logitBias?: Readonly<Record<string, number>> | undefined
  /** Report log probabilities of the tokens written. */
  readonly logprobs?: boolean | undefined
  /** How many alternatives to report for each token. */
  readonly topLogprobs?: number | undefined
  /** How many answers to write. @default 1 */
  readonly n?: number | undefined
  /** `'auto'`, `'default'`, `'flex'`, `'priority'`, `'standard_only'`, … in the provider's words. */
  readonly serviceTier?: string | undefined
  /** An opaque id of the end user, passed on to the provider for its abuse detection. */
  readonly user?: string | undefined
  /** Labels that the provider stores with the call. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Where part of the conversation is kept, when it is not all in {@link messages}. */
  readonly heldBy?: Held | undefined
  /** Whether the provider may keep the exchange on its side. */
  readonly store?: boolean | undefined
  /** What the answer may be made of. @default ['text'] */
  readonly modalities?: readonly ('text' | 'image' | 'audio')[] | undefined
}

/** A message as an application may write it: the content may be a string. */
export interface MessageInput extends Omit<Message, 'content'> {
  readonly content: string | readonly Part[]
}

/** A chat request as an application may write it: `messages` may be a string. */
export interface ChatInput<Model extends string = string> extends Omit<ChatRequest, 'messages' | 'model' | 'stop'> {
  readonly model: Model
  readonly messages: string | readonly MessageInput[]
  readonly stop?: string | readonly string[] | undefined
}
