/** Fields of a wire format that have no normalised name, kept on the node where they were found, by the id of their dialect. */
export type Extensions = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What a call used: tokens, and what else is billed. A number that nobody reported is `undefined`, never 0. */
export interface Usage {
  /** All input, cached and cache-written included. */
  readonly inputTokens?: number | undefined
  /** All output, reasoning included. */
  readonly outputTokens?: number | undefined
  /** Input that the provider read from its prompt cache. */
  readonly cachedInputTokens?: number | undefined
  /** Input that the provider wrote to its prompt cache. */
  readonly cacheWriteTokens?: number | undefined
  /** The part of {@link cacheWriteTokens} that was written to live for an hour, which costs more. */
  readonly cacheWriteHourTokens?: number | undefined
  /** Output spent on reasoning. */
  readonly reasoningTokens?: number | undefined
  /** The part of the input that is audio, where it is priced apart. */
  readonly audioInputTokens?: number | undefined
  /** The part of both {@link audioInputTokens} and {@link cachedInputTokens}: audio read from the prompt cache. */
  readonly cachedAudioInputTokens?: number | undefined
  /** The part of the output that is audio, where it is priced apart. */
  readonly audioOutputTokens?: number | undefined
  /** The part of the input that is pictures, where it is priced apart. */
  readonly imageInputTokens?: number | undefined
  /** The part of the output that is pictures, where it is priced apart. */
  readonly imageOutputTokens?: number | undefined
  /** Images that were made. */
  readonly images?: number | undefined
  /** Their kind, as prices tell them apart: quality and size, as in `high 1024x1024`. */
  readonly imageKind?: string | undefined
  /** The length of the audio that was heard or made, in seconds. */
  readonly seconds?: number | undefined
  /** Characters that were spoken. */
  readonly characters?: number | undefined
  /** Search units of reranking, as the provider counts them. */
  readonly searchUnits?: number | undefined
  /** Pages that were read. */
  readonly pages?: number | undefined
  /** Searches of the web that the provider's own tools made. */
  readonly webSearches?: number | undefined
  /** How much of what it found a searching provider read: `low`, `medium` or `high`. */
  readonly searchContext?: string | undefined
  /** The service tier that served the call, in the provider's own word, as in `flex`. */
  readonly serviceTier?: string | undefined
  /** The provider's own usage fields that have no name here. */
  readonly extensions?: Extensions | undefined
}

/** The most that a request can be billed for, in each unit: never under. */
export interface RequestBound {
  readonly inputTokens: number
  /** For each answer; undefined where only the model's own limit bounds it, 0 for operations that write no tokens. */
  readonly outputTokens: number | undefined
  /** How many answers. @default 1 */
  readonly answers?: number | undefined
  /** Whether the provider runs tools of its own, which no request bounds. */
  readonly hostedTools?: boolean | undefined
  /** Units besides tokens, under their names in {@link Usage}. */
  readonly units?: Readonly<Partial<Record<string, number>>> | undefined
}

export interface OperationRequest {
  /** A model group, or `provider/model`. */
  readonly model: string
  /** Ask for a stream. */
  readonly stream?: boolean | undefined
  /** Further headers for the provider, such as `anthropic-beta`. They never replace those that the gateway sends. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly extensions?: Extensions | undefined
}

export interface OperationResponse {
  readonly usage: Usage
}

/** Accumulates events into the response that they describe. */
export interface Fold<Response, Event> {
  add(event: Event): void
  /** The response so far: partial until the last event has been added. */
  result(): Response
}

/** What a provider keeps of earlier calls. Only one that speaks the same format can go on from there. */
export interface Held {
  /** The id of the dialect in which it was begun. */
  readonly dialect: string
  /** Under which it is kept: of a response, or of a conversation. */
  readonly id?: string | undefined
}

/** What is known of a model that decides whether it can take a request. */
export interface ModelTraits {
  readonly tools?: boolean | undefined
  readonly jsonSchema?: boolean | undefined
  readonly input?: readonly string[] | undefined
  readonly dimensions?: number | undefined
  readonly context?: number | undefined
  readonly maxInput?: number | undefined
  readonly maxOutput?: number | undefined
}

/**
 * One thing that providers do: chat, embeddings, … A value, not a name to branch on: layers ask it, and never compare ids.
 */
export interface Operation<
  Request extends OperationRequest = OperationRequest,
  Response extends OperationResponse = OperationResponse,
  Event = unknown,
> {
  readonly id: string
  /** Starts to collect the events of a stream. */
  fold(): Fold<Response, Event>
  /** The inverse: the events that would have produced a response. `fold(unfold(response))` equals `response`. */
  unfold(response: Response): readonly Event[]
  /** Whether a stream has begun to say something, so that a failure from here on is the reader's. */
  hasContent(event: Event): boolean
  /** Whether the answer is complete with this event, though more may be told of it. */
  finishes(event: Event): boolean
  /** The usage that an event reports, if it reports any. */
  usageOf(event: Event): Usage | undefined
  /** The service tier that served, in the provider's word, as an answer or an event tells it. */
  servedTier?(said: Response | Event): string | undefined
  /** How many bytes of output an event carries, never under: a bound of its tokens when a stream ends without usage. */
  sizeOf(event: Event): number
  /** Why a finished response is none: no answer at all. Undefined when it is one. */
  emptiness(response: Response, request: Request): string | undefined
  /** What is wrong with an answer that does not fit its request, such as a missing item; undefined when nothing is. */
  flaw?(response: Response, request: Request): string | undefined
  /** Whether the answer may be kept: complete, not filtered. */
  storable(response: Response): boolean
  /** Whether the request may be answered from a cache: no state on the provider's side, no hosted tools. */
  cacheable(request: Request): boolean
  /** Bounds what a request can be billed for. @param window the most tokens of input that the model takes, where known */
  bound(request: Request, window?: number): RequestBound
  /** Estimates the input tokens of a request, for context windows and displays. */
  estimate(request: Request): number
  /** Why a model cannot take this request, by what is known of it; undefined when it can. */
  mismatch?(request: Request, facts: ModelTraits): string | undefined
  /** Whether no provider bills for a request. @default never */
  free?(request: Request): boolean
  /** Answers without any provider, for groups of which no deployment can. */
  locally?(request: Request): Response
  /** Goes to the provider as the application wrote it, in no dialect of ours. @default false */
  readonly direct?: boolean | undefined
  /** No field of a request holds its output to a maximum, so that limits cannot lower it to what is left. @default false */
  readonly uncapped?: boolean | undefined
  /** What the provider must have kept for this request to make sense. */
  heldBy?(request: Request): Held | undefined
  /** The id under which a provider may keep an answer, as it or an event tells it. */
  idOf?(said: Response | Event): string | undefined
  /** Whether any model can take a request, whatever is known of it: then nobody need be looked at. @default never */
  plain?(request: Request): boolean
  /** Why a request is longer than a model can take, or asks for more than it can write; undefined when it is not, as far as is known. */
  overflow?(request: Request, facts: ModelTraits): string | undefined
  /** A substitute must be the same model: answers of two models do not mix, as in embeddings. @default false */
  readonly sameModel?: boolean | undefined
}
