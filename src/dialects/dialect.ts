import type { GatewayError } from '../errors.ts'
import type { Operation, OperationRequest, OperationResponse } from '../operations/operation.ts'
import type { EnvelopeFields } from './envelope.ts'

/** Who a request is encoded for, and whose answer is decoded. */
export interface Target<Quirks> {
  /** The provider's id, for error messages only: a dialect never compares it. */
  readonly provider: string
  /** The provider's own name of the model. */
  readonly model: string
  /** How the provider departs from the dialect. */
  readonly quirks: Quirks
  /** The settings of the provider's row: region, project, … */
  readonly settings?: Readonly<Record<string, string>> | undefined
}

/** A request in a wire format. */
export interface WireRequest {
  /** Appended to the provider's base URL. */
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  /** Sent in place of {@link body}, where files go with it. */
  readonly form?: FormData | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** What could not be said to this provider and was translated or left out, a sentence each. No values of the prompt. */
  readonly warnings?: readonly string[] | undefined
}

/** A failed HTTP exchange, read to the end. */
export interface Failure {
  readonly status: number
  header(name: string): string | undefined
  /** The parsed JSON, or the text where it is none. */
  readonly body: unknown
  /** Milliseconds since 1970, to read dates against. */
  readonly now: number
}

/** One event of a server-sent event stream, or one frame of another framing. */
export interface Frame {
  readonly event?: string | undefined
  readonly data: string
  /** What is no text, such as sound. */
  readonly bytes?: Uint8Array | undefined
}

/** A body that is not JSON. */
export interface RawBody {
  readonly contentType: string
  readonly raw: string | Uint8Array
}

/**
 * Turns the frames of one stream into events: a state machine without promises.
 * Both methods push what they decode to `out`. They throw a {@link GatewayError} when the provider reports a failure
 * inside the stream. What is unknown is ignored; what is malformed throws `invalid_response`.
 */
export interface StreamDecoder<Event> {
  /** The provider has said that nothing follows, though it may keep the connection open. */
  readonly done?: boolean | undefined
  push(frame: Frame, out: Event[]): void
  /** The bytes have ended: closes open parts, says `finish` for each choice whose reason is known, and ends with `message-end`. */
  end(out: Event[]): void
}

/** Turns events into the text of one stream. */
export interface StreamEncoder<Event> {
  /** The wire text or bytes of an event, framing included; empty when it says nothing in this dialect. */
  push(event: Event): string | Uint8Array
  /** What follows the last event. */
  end(): string
  /** What an application is told when the stream fails midway. Where that is nothing, the body breaks off. */
  error(error: GatewayError): string
}

/** Cuts the bytes of a stream into frames. */
export interface FrameParser {
  feed(bytes: Uint8Array): void
  /** The bytes have ended: a last frame without its terminator counts. */
  end(): void
}

/** Speaks a wire format to a provider: encodes what we send, decodes what comes back. Total and pure. */
export interface Upstream<Quirks, Request, Response, Event> {
  encode(request: Request, target: Target<Quirks>): WireRequest
  /**
   * Throws a {@link GatewayError} when the body reports a failure in spite of its status.
   * @param body parsed JSON; or, for a dialect whose answers are {@link raw}, a {@link RawBody} of bytes
   * @param request what was asked, where the answer does not say all: how many characters were spoken, of which size the picture is
   */
  decode(body: unknown, target: Target<Quirks>, request?: Request): Response
  /** Answers are no JSON: sound, mostly, or plain text. @default false */
  readonly raw?: boolean | undefined
  /** The most items that one request may have, for operations on lists; more are sent in several requests. */
  readonly split?: Split<Quirks, Request, Response> | undefined
  stream(target: Target<Quirks>, request?: Request): StreamDecoder<Event>
  /** Names a failure. The one place that knows the provider's codes and wordings. */
  error(failure: Failure, target: Target<Quirks>): GatewayError
  /** Cuts a streamed body into frames. @default server-sent events */
  frames?(contentType: string, onFrame: (frame: Frame) => void): FrameParser
  /** Later requests may go on from an answer by its id: it is kept where it was given. @default false */
  readonly keeps?: boolean | undefined
  /** Lets the bytes of a stream through undecoded when the application speaks this dialect too. */
  readonly passthrough?: Passthrough<Quirks> | undefined
}

/** How a request with more items than a provider takes at once is sent in several. */
export interface Split<Quirks, Request, Response> {
  /** The requests to send, in order; one when it need not be split. */
  parts(request: Request, target: Target<Quirks>): readonly Request[]
  /** Puts the answers together, in the order of their requests. */
  join(responses: readonly Response[], request: Request): Response
  /** Names the items of a part, such as `inputs 96 to 191`, for the error when it fails. */
  name(part: Request, index: number, request: Request): string
}

/** What must be known of a frame when its bytes pass through undecoded. Works on the text, without parsing JSON. */
export interface Passthrough<Quirks> {
  /** Whether this provider's bytes can be handed on as they are. */
  allowed(target: Target<Quirks>): boolean
  /** Whether the text of a frame, field names included, may report usage, an end or an error, and must be decoded. Rather true than false. */
  matters(text: string): boolean
  /** The names of the fields in which frames that do not matter carry text: what a stream has said when it breaks off. */
  readonly says: readonly string[]
  /** Where frames that do not matter carry their content: what differs from one in nothing else does not matter either. */
  readonly content?: EnvelopeFields | undefined
  /** Whether a frame is only there because we asked for it (usage), and must not reach an application that did not. */
  injected?(data: string, request: { readonly extensions?: unknown }): boolean
}

/** How a dialect recognises its own requests. */
export interface Door {
  /** The model that the path names, for formats that name it there. */
  readonly model?: string | undefined
  /** Whether the path asks for a stream, for formats that say so there. */
  readonly stream?: boolean | undefined
  /** Whether a stream is to come as one JSON list, and not as server-sent events. */
  readonly list?: boolean | undefined
}

/** Speaks a wire format to an application: the mirror image of {@link Upstream}. Total and pure. */
export interface Downstream<Request, Response, Event> {
  /** Whether a POST to this path is a request in this dialect, and what the path and the query say of it. */
  match(path: string, query?: URLSearchParams): Door | undefined
  /**
   * Throws `invalid_request`, naming the field, when the body is none of this dialect.
   * @param body parsed JSON, or a {@link Form}
   */
  decode(body: unknown, door: Door): Request
  /** The JSON of an answer, or a {@link RawBody}. */
  encode(response: Response, request: Request): unknown
  stream(request: Request, door?: Door): StreamEncoder<Event>
  /** Headers of a request that are part of what it says: they go to a provider that speaks this dialect too. */
  readonly headers?: readonly string[] | undefined
  /** The header in which its SDKs look for the id of a call. @default 'x-request-id' */
  readonly requestId?: string | undefined
  /** The content type of a stream; or a function of its first events that tells it. @default 'text/event-stream; charset=utf-8' */
  readonly streamType?: string | ((request: Request, first: readonly Event[]) => string) | undefined
  /** The body of an error response. */
  error(error: GatewayError): unknown
}

/**
 * A wire format, in two mirrored halves. Neither knows the other dialects: everything passes through the operation's
 * own request, response and events.
 */
export interface Dialect<
  Quirks = never,
  Request extends OperationRequest = never,
  Response extends OperationResponse = OperationResponse,
  Event = unknown,
> {
  readonly id: string
  readonly operation: Operation<Request, Response, Event>
  readonly upstream: Upstream<Quirks, Request, Response, Event>
  readonly downstream?: Downstream<Request, Response, Event> | undefined
}

/** Any dialect. Its quirks, request, response and events meet only each other. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type AnyDialect = Dialect<any, any, any, any>

/** Whether an encoded answer is a body of its own kind, and not JSON. */
export function isRawBody(value: unknown): value is RawBody {
  return typeof value === 'object' && value !== null && 'raw' in value && 'contentType' in value
}
