import type { Attempt, Billed, Charge, Outcome } from '../call.ts'
import { amendError, endOf, GatewayError, isGatewayError, toGatewayError } from '../errors.ts'
import type { OperationResponse, Usage } from '../operations/operation.ts'

/** How an attempt ends: what is known of the provider's work, told to the settlement once. */
export class Ending {
  /** Nothing, until something is sent. */
  worked: Billed['worked'] = 'no'
  usage: Usage | undefined
  size = 0
  /** The {@link size} at which {@link usage} was told. */
  toldAt = 0
  tier: string | undefined
  held: string | undefined
  httpStatus: number | undefined
  charge: Charge | undefined
  readonly #attempt: Attempt
  readonly #secret: string | undefined
  readonly #record: ReturnType<Attempt['trace']['attempt']>
  readonly #startedAt: number
  /** What was sent, once something is. */
  #headers: Readonly<Record<string, string>> | undefined

  constructor(attempt: Attempt, secret: string | undefined) {
    const { deployment, key, hedge, number, runtime, trace } = attempt
    this.#attempt = attempt
    this.#secret = secret
    this.#startedAt = runtime.now()
    this.#record = trace.attempt({
      number,
      deployment: deployment.id,
      provider: deployment.provider.id,
      key: key?.id,
      startedAt: this.#startedAt,
      status: 'running',
      hedge,
    })
  }

  /** The bytes are about to leave. */
  sending(headers: Readonly<Record<string, string>>): void {
    if (this.worked === 'no') this.worked = 'perhaps'
    this.#headers = headers
  }

  firstContent(): void {
    this.#record({ firstContent: this.#attempt.runtime.now() - this.#startedAt })
  }

  settle(status: Outcome['status'], error?: GatewayError, response?: OperationResponse): Charge {
    const { deployment, runtime, settlement } = this.#attempt
    if (this.charge) return this.charge
    const { worked, tier } = this
    const { usage, size } = status === 'completed' ? this : this.#sinceTold()
    const reported = usage && saysCounts(usage) ? usage : undefined
    const charge = this.#chargeOf({ usage: reported, size, worked, tier })
    this.charge = charge
    this.#record({
      status,
      duration: runtime.now() - this.#startedAt,
      charge,
      httpStatus: this.httpStatus,
      code: error?.code,
      message: error?.message,
      requestId: error?.requestId,
    })
    settlement.settle({ status, deployment, charge, response, held: this.held, error })
    return charge
  }

  /** A request that a layer of one's own has broken may have no bound: the attempt ends all the same. */
  #chargeOf(billed: Billed): Charge {
    try {
      return this.#attempt.deployment.charge(this.#attempt, billed)
    } catch {
      return { usage: billed.usage ?? {}, cost: undefined, estimated: true, uncertain: true }
    }
  }

  /** Of a stream that broke off: what it told of its output at its beginning is not all that it wrote. */
  #sinceTold(): Pick<Billed, 'usage' | 'size'> {
    const { usage, size, toldAt } = this
    if (usage?.outputTokens === undefined || size <= toldAt) return { usage, size }
    const { outputTokens, ...rest } = usage
    return { usage: rest, size: outputTokens + size - toldAt }
  }

  /** Whether the provider refused what was sent last, or never got it: nothing is billed for that. */
  refused(cause: unknown): boolean {
    const { httpStatus } = this
    if (httpStatus !== undefined && (httpStatus < 200 || httpStatus > 299)) return true
    return !isGatewayError(cause) && neverConnected.test(networkCode(cause) ?? '')
  }

  /** Names what went wrong, and settles with it. */
  fail(cause: unknown): GatewayError {
    const { deployment, signal } = this.#attempt
    const provider = deployment.provider.id
    let error: GatewayError
    if (signal.aborted) error = toGatewayError(signal.reason, 'cancelled', 'The call was cancelled.')
    else error = isGatewayError(cause) ? cause : this.#named(cause)
    // A token that was exchanged for the key may have been revoked.
    if (this.httpStatus === 401) this.#attempt.key?.kept.clear()
    // Of a request in several parts, some may have been answered.
    if (!this.usage && this.refused(cause)) this.worked = 'no'
    error = amendError(error, { provider, deployment: deployment.id, ...this.#scrubbed(error) })
    this.settle(endOf(error), error)
    // What may still be on its way is not wanted any more.
    this.#attempt.abort(error)
    return error
  }

  /** Names a failure that is none of ours. */
  #named(cause: unknown): GatewayError {
    const { deployment, key } = this.#attempt
    const { id, baseURL } = deployment.provider
    const code = networkCode(cause)
    const about = { cause: { message: code ?? (cause instanceof Error ? cause.name : 'unknown') } }
    // Nothing was sent, and nobody was to be reached: a fault of code, and not the provider's.
    if (this.worked === 'no' && code === undefined)
      return new GatewayError('internal', cause instanceof Error ? cause.message : String(cause), about)
    // Node refuses control characters, too, and says so by a code.
    const unsent = code === undefined || code === 'UND_ERR_INVALID_ARG'
    const header = unsent && cause instanceof TypeError && this.#unsendable()
    if (header) {
      this.worked = 'no'
      const what = 'holds a line break, or a character that no header can hold'
      return key && this.#secret && this.#headers?.[header]?.includes(this.#secret)
        ? new GatewayError('authentication_failed', `The key ${key.id} ${what}. Was it copied in whole?`, about)
        : new GatewayError('invalid_request', `The header ${header} ${what}. Change it.`, about)
    }
    const unreachable = code !== undefined && neverConnected.test(code)
    return new GatewayError(
      'provider_unavailable',
      unreachable
        ? `${id} could not be reached (${code}). Is its baseURL, ${baseURL}, right?`
        : `${id} broke off${code ? `: ${code}` : ''}.`,
      about,
    )
  }

  /** The name of a header that `fetch` refuses to send. */
  #unsendable(): string | undefined {
    return Object.entries(this.#headers ?? {}).find(
      ([name, value]) => !/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(String(value).trim()),
    )?.[0]
  }

  /** A provider may echo the key that it refuses. */
  #scrubbed({ message, cause }: GatewayError): { message?: string; cause?: unknown } {
    const secret = this.#secret
    if (!secret || !(message.includes(secret) || JSON.stringify(cause)?.includes(secret))) return {}
    const said = cause as { message?: unknown } | undefined
    const scrub = (text: string): string => text.replaceAll(secret, '[key]')
    return {
      message: scrub(message),
      cause: typeof said?.message === 'string' ? { ...said, message: scrub(said.message) } : undefined,
    }
  }
}

function saysCounts(usage: Usage): boolean {
  for (const name in usage) if (typeof usage[name as keyof Usage] === 'number') return true
  return false
}

/** Failures of a connection that was never made: nothing was sent, and nothing will be billed. */
const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|.*_CERT(_.*)?|UNABLE_TO_.*|ERR_TLS_.*|ERR_SSL_WRONG_VERSION_NUMBER|ERR_INVALID_URL)$/

/** The code that Node and its kin put on a network failure, or on its cause. */
function networkCode(cause: unknown): string | undefined {
  const { code, cause: inner } = (cause ?? {}) as { code?: unknown; cause?: unknown }
  if (typeof code === 'string') return code
  return inner === undefined || inner === null ? undefined : networkCode(inner)
}
