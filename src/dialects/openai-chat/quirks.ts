/** How a provider departs from OpenAI's Chat Completions. */
export interface OpenAIChatQuirks {
  /** Fields of the request that have another name there, such as `{ max_completion_tokens: 'max_tokens' }`. */
  readonly rename?: Readonly<Record<string, string>> | undefined
  /** Fields of the request that it refuses: left out with a warning. `messages.name` is the name in each message. */
  readonly unsupported?: readonly string[] | undefined
  /** It knows no `developer` role: such messages go out as `system`. @default true */
  readonly developerRole?: boolean | undefined
  /** It takes `stream_options`; false where it refuses them, or reports usage unasked. @default true */
  readonly streamOptions?: boolean | undefined
  /**
   * The field in which it takes back what its model thought; `thinking` is a part of the content.
   * @default none: thoughts of former turns are not sent
   */
  readonly reasoningHistory?: 'reasoning_content' | 'reasoning' | 'reasoning_details' | 'thinking' | undefined
  /** Send thoughts back only with messages that called tools, and with each of those, be they empty. @default false */
  readonly reasoningHistoryWithToolCalls?: boolean | undefined
  /**
   * How reasoning is asked for: by `reasoning_effort`, by OpenRouter's `reasoning` object, or by a switch
   * `thinking: { type }` beside the effort.
   * @default 'reasoning_effort'
   */
  readonly reasoningRequest?: 'reasoning_effort' | 'reasoning' | 'thinking' | undefined
  /** It takes Anthropic's `cache_control` on parts and tools. @default false */
  readonly cacheControl?: boolean | undefined
  /** It takes `top_k`. @default false */
  readonly topK?: boolean | undefined
  /** Its models may begin their text with thoughts in `<think>` tags. @default false */
  readonly thinkTags?: boolean | undefined
  /** Its streams break the format in ways that trip applications: they are decoded and written anew, never passed through. @default false */
  readonly repairStream?: boolean | undefined
  /**
   * What no other quirk says: the body as it goes out, from the body as OpenAI would take it. Pure, but for a sentence
   * to `warn` of what it leaves out.
   */
  readonly patch?:
    | ((body: Readonly<Record<string, unknown>>, warn: (sentence: string) => void) => Readonly<Record<string, unknown>>)
    | undefined
}
