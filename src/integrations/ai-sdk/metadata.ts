import type { AttemptTrace, CacheStatus, LimitStatus } from '../../call.ts'
import type { ErrorCode } from '../../errors.ts'
import type { Trace } from '../../telemetry/trace.ts'
import { own } from './provider-options.ts'
import type { JSONObject } from './specification.ts'

/** What the gateway says of a call, as `providerMetadata.zerohop` of its result. Read it by {@link metadataOf}. */
export interface ZerohopMetadata {
  /** The id of the call, as in its trace. */
  readonly callId: string
  /** Who answered: `provider/model[@region][#label]`. */
  readonly deployment?: string | undefined
  readonly provider?: string | undefined
  /** Dollars of all attempts together; 0 from the cache; absent, never 0, when a price is unknown. */
  readonly cost?: number | undefined
  /** The cost rests on a bound, for a provider did not report its usage. */
  readonly estimated: boolean
  readonly cache: CacheStatus
  /** How old a cached answer was, in milliseconds. */
  readonly cacheAge?: number | undefined
  /** Dollars that the cache saved. */
  readonly saved?: number | undefined
  /** Milliseconds of the whole call, and to a stream's first content. */
  readonly duration?: number | undefined
  readonly firstContent?: number | undefined
  readonly attempts: readonly AttemptMetadata[]
  readonly fallbacks: readonly { readonly from: string; readonly to: string; readonly because: ErrorCode }[]
  /** Where the budgets and rate limits stand. */
  readonly limits: readonly LimitStatus[]
  /** The provider's own word for why it stopped, and the stop sequence, where it says. */
  readonly rawFinishReason?: string | undefined
  readonly stopSequence?: string | undefined
  readonly serviceTier?: string | undefined
  /** What was left out, known only when a stream has ended too. */
  readonly warnings?: readonly string[] | undefined
}

/** One try. */
export interface AttemptMetadata extends Pick<AttemptTrace, 'deployment' | 'provider' | 'status' | 'hedge'> {
  readonly code?: ErrorCode | undefined
  readonly message?: string | undefined
  /** The provider's HTTP status and request id. */
  readonly httpStatus?: number | undefined
  readonly requestId?: string | undefined
  readonly duration?: number | undefined
  readonly firstContent?: number | undefined
  /** Dollars. */
  readonly cost?: number | undefined
}

/**
 * Reads what the gateway says in a result's `providerMetadata`; undefined when another provider made it. Of images it is
 * what is said of the first call, when they were made in several.
 */
export function metadataOf(
  metadata: { readonly [provider: string]: unknown } | null | undefined,
): ZerohopMetadata | undefined {
  const said = metadata?.[own] as ZerohopMetadata | { readonly images: readonly ZerohopMetadata[] } | undefined
  return said && 'images' in said ? said.images[0] : said
}

/** Writes what the gateway says of a call. */
export function encodeMetadata(
  trace: Trace,
  { warnings = [], ...said }: Pick<ZerohopMetadata, 'rawFinishReason' | 'stopSequence' | 'serviceTier' | 'warnings'>,
): JSONObject {
  const { id: callId, deployment, provider, cost, estimated, cache, cacheAge, saved, duration, firstContent } = trace
  const metadata: ZerohopMetadata = {
    callId,
    deployment,
    provider,
    cost,
    estimated,
    cache,
    cacheAge,
    saved,
    duration,
    firstContent,
    attempts: trace.attempts.map(encodeAttempt),
    fallbacks: trace.fallbacks,
    limits: trace.limits,
    ...said,
    warnings: warnings.length > 0 ? [...new Set(warnings)] : undefined,
  }
  return defined(metadata) as unknown as JSONObject
}

function encodeAttempt({ charge, ...attempt }: AttemptTrace): AttemptMetadata {
  const { deployment, provider, status, hedge, code, message, httpStatus, requestId, duration, firstContent } = attempt
  const cost = charge?.cost && charge.cost.total / 1e9
  return defined({
    deployment,
    provider,
    status,
    hedge,
    code,
    message,
    httpStatus,
    requestId,
    duration,
    firstContent,
    cost,
  })
}

/** Without what is not known: JSON has no word for it. */
function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
