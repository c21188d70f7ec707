import type { SpecificationVersion } from 'zerohop/ai-sdk'

/** The part of `ai` that the tests use, as it is the same in each of its majors. */
export interface Sdk {
  readonly generateText: (options: never) => PromiseLike<unknown>
  readonly streamText: (options: never) => unknown
  readonly generateObject: (options: never) => PromiseLike<unknown>
  readonly tool: (definition: never) => unknown
  readonly stepCountIs: (count: number) => unknown
  readonly Output: { readonly object: (options: never) => unknown }
  readonly APICallError: { isInstance(error: unknown): boolean }
  readonly createProviderRegistry: (providers: never) => unknown
}

/** A provider package of the AI SDK, made for a `fetch`. */
export type MakeProvider = (options: { apiKey: string; fetch: typeof globalThis.fetch }) => unknown

/** One major of the AI SDK, with the packages that go with it. */
export interface Major {
  readonly major: 5 | 6 | 7
  /** What the packages of this major speak. */
  readonly specification: SpecificationVersion
  /** What `ai` of this major takes from a provider. */
  readonly takes: readonly SpecificationVersion[]
  readonly sdk: Sdk
  readonly AISDKError: { isInstance(error: unknown): boolean }
  readonly createOpenAI: MakeProvider
  readonly createAnthropic: MakeProvider
  readonly createGoogle: MakeProvider
}

export interface TextOptions {
  readonly model: unknown
  readonly prompt?: string
  readonly messages?: readonly unknown[]
  readonly system?: string
  readonly tools?: Readonly<Record<string, unknown>>
  readonly stopWhen?: unknown
  readonly abortSignal?: AbortSignal
  readonly maxRetries?: number
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly output?: unknown
  readonly experimental_output?: unknown
  readonly schema?: unknown
  readonly providerOptions?: Readonly<Record<string, object>>
  readonly onError?: (event: { error: unknown }) => void
}

export interface Text {
  readonly text: string
  readonly reasoningText?: string
  readonly finishReason: string
  readonly usage: { readonly inputTokens?: number; readonly outputTokens?: number; readonly totalTokens?: number }
  readonly providerMetadata?: Readonly<Record<string, unknown>>
  readonly warnings?: readonly unknown[]
  readonly steps: readonly { readonly toolCalls: readonly unknown[]; readonly finishReason: string }[]
  readonly sources: readonly unknown[]
  readonly files: readonly { readonly mediaType: string; readonly base64: string }[]
  readonly response: { readonly id: string; readonly modelId: string; readonly messages: readonly unknown[] }
}

/** A part of `fullStream`, as far as the tests look. */
export interface FullPart {
  readonly type: string
  readonly text?: string
  readonly error?: unknown
  readonly providerMetadata?: Readonly<Record<string, unknown>>
}

/** What an application gets of the AI SDK, whole or streamed, read in one way. */
export interface Asked extends Text {
  readonly object?: unknown
  readonly parts: readonly FullPart[]
}

/** Asks as an application does, and waits for all of it. A failure of a stream is what the promise rejects with. */
export async function ask({ sdk }: Pick<Major, 'sdk'>, streams: boolean, options: TextOptions): Promise<Asked> {
  if (!streams) {
    const result = (await sdk.generateText(options as never)) as Text
    return { ...fieldsOf(result), parts: [] }
  }
  let failure: { readonly error: unknown } | undefined
  const onError = (event: { readonly error: unknown }): void => {
    failure ??= event
  }
  const result = sdk.streamText({ onError, ...options } as never) as {
    readonly fullStream: AsyncIterable<FullPart>
  } & { readonly [Field in keyof Text]: PromiseLike<Text[Field]> }
  const parts: FullPart[] = []
  for await (const part of result.fullStream) parts.push(part)
  if (failure) throw failure.error
  if (parts.some(({ type }) => type === 'abort')) throw new DOMException('aborted', 'AbortError')
  const fields = {} as Record<string, unknown>
  for (const field of textFields) fields[field] = await result[field]
  return { ...(fields as unknown as Text), parts }
}

const textFields = [
  'text',
  'reasoningText',
  'finishReason',
  'usage',
  'providerMetadata',
  'warnings',
  'steps',
  'sources',
  'files',
  'response',
] as const

// They are getters.
function fieldsOf(result: Text): Text {
  return Object.fromEntries(textFields.map((field) => [field, result[field]])) as unknown as Text
}
