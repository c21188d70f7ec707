import type { Attempt } from '../call.ts'
import { decodeFailure } from '../dialects/failure.ts'
import { parseJson } from '../dialects/json.ts'
import type { GatewayError } from '../errors.ts'
import type { PassThroughEvent, PassThroughRequest, PassThroughResponse } from '../operations/pass-through.ts'
import type { PulledSource, Reply } from '../reply.ts'
import { StreamReply } from '../reply.ts'
import type { FetchInit, FetchResponse } from '../runtime.ts'
import { abortable, unlessAborted } from './abortable.ts'
import { Ending } from './ending.ts'
import { readText } from './read-text.ts'
import { sign } from './sign.ts'

/** A provider's refusal, as it came: what an application is told when no attempt was left. */
export interface Refused {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const refusals = new WeakMap<object, Refused>()

/** The provider's own answer behind an error of a pass-through call, if it was one. */
export function refusedBy({ cause }: GatewayError): Refused | undefined {
  return typeof cause === 'object' && cause !== null ? refusals.get(cause) : undefined
}

/** Sends what the application wrote as it is, with a credential of ours. The answer's bytes stream through. */
export function sendThrough(attempt: Attempt, secret: string | undefined): Promise<Reply> {
  const ending = new Ending(attempt, secret)
  return abortable(sendOne(attempt, secret, ending), attempt, ending)
}

async function sendOne(attempt: Attempt, secret: string | undefined, ending: Ending): Promise<Reply> {
  const { deployment, runtime, signal } = attempt
  const { provider } = deployment
  const { method, url, headers: said, body } = attempt.request as PassThroughRequest
  const headers = { ...provider.headers, ...said }
  const signed = typeof body === 'string' || body instanceof Uint8Array ? body : undefined
  const outgoing = { method, url, headers, body: signed }
  if (secret !== undefined) await sign(attempt, outgoing, secret, deployment.settings().values)
  if (signal.aborted) throw signal.reason
  const fetch = provider.fetch ?? runtime.fetch
  ending.sending(headers)
  const sent = fetch(outgoing.url, {
    method,
    headers,
    signal,
    redirect: 'manual',
    ...(body !== undefined && { body: body as NonNullable<FetchInit['body']> }),
    ...(body instanceof ReadableStream && { duplex: 'half' as const }),
  })
  const response = unlessAborted(await sent, attempt)
  ending.httpStatus = response.status
  if (isRefusal(response.status)) throw await refusal(response, attempt)
  ending.worked = 'yes'
  const reply = new StreamReply(attempt.operation, new PassingBody(attempt, ending, response))
  attempt.onAbort((reason) => void reply.cancel(reason))
  return reply
}

/** Failures that another key, or another try, may mend. Any other answer is the application's. */
function isRefusal(status: number): boolean {
  return status >= 500 || [401, 402, 403, 408, 429].includes(status)
}

async function refusal(response: FetchResponse, attempt: Attempt): Promise<GatewayError> {
  const { status } = response
  const text = await readText(response)
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined
  const failure = { status, header, body: parseJson(text), now: attempt.runtime.now() }
  const error = decodeFailure(failure, { provider: attempt.deployment.provider.id })
  if (typeof error.cause === 'object' && error.cause !== null) {
    refusals.set(error.cause, { status, headers: headersOf(response), body: text })
  }
  return error
}

/** Headers that speak of the connection or of an encoding that is undone by now, and those that set state in a browser. */
const hopHeaders =
  /^(content-encoding|content-length|transfer-encoding|connection|keep-alive|set-cookie|trailer|upgrade)$/

function headersOf({ headers }: FetchResponse): Readonly<Record<string, string>> {
  const all: Record<string, string> = {}
  headers.forEach((value, name) => {
    if (!hopHeaders.test(name)) all[name] = value
  })
  return all
}

/** The head of an answer and then its bytes, as its reader pulls them. */
class PassingBody implements PulledSource {
  readonly deployment: Attempt['deployment']
  finished = false
  readonly #ending: Ending
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #head: PassThroughResponse | undefined

  constructor(attempt: Attempt, ending: Ending, response: FetchResponse) {
    this.deployment = attempt.deployment
    this.#ending = ending
    this.#head = { status: response.status, headers: headersOf(response), usage: {} }
    this.#reader = response.body?.getReader()
    // Some runtimes ignore an abort once the headers are there.
    attempt.onAbort(() => void this.#reader?.cancel().catch(() => {}))
  }

  async pull(): Promise<readonly PassThroughEvent[] | undefined> {
    const head = this.#head
    if (head) {
      this.#head = undefined
      return [head]
    }
    try {
      const read = await this.#reader?.read()
      if (read && !read.done) return [read.value]
    } catch (cause) {
      throw this.#ending.fail(cause)
    }
    this.finished = true
    this.#ending.settle('completed')
    return undefined
  }

  cancel(reason: GatewayError): void {
    if (this.finished) return
    void this.#reader?.cancel().catch(() => {})
    this.#ending.fail(reason)
  }

  charge(): ReturnType<PulledSource['charge']> {
    return this.#ending.charge
  }
}
