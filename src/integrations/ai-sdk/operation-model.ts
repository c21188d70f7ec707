import type { OperationReply } from '../../doors/ask.ts'
import type { Gateway } from '../../gateway.ts'
import type { Extensions } from '../../operations/operation.ts'
import { callError } from './call-error.ts'
import { encodeMetadata } from './metadata.ts'
import { decodeHeaders } from './model-call.ts'
import { type DecodedOptions, decodeOptions, type OptionTable } from './operation-options.ts'
import { id, own } from './provider-options.ts'
import type { CallWarning, JSONObject, Optioned, ProviderMetadata, SpecificationVersion } from './specification.ts'
import { encodeWarnings } from './warnings.ts'

/** What every call says, of a model that is no language model. */
export interface OperationCall extends Optioned {
  readonly abortSignal?: AbortSignal | undefined
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
}

/** Who a model is, of whatever kind. */
export interface ModelIdentity<V extends SpecificationVersion> {
  readonly specificationVersion: V
  readonly provider: string
  readonly modelId: string
}

/** What every result says, of a model of whatever kind. */
export interface OperationResult {
  providerMetadata: ProviderMetadata
  response: { timestamp: Date; modelId: string; headers: Record<string, string> }
  warnings: CallWarning[]
}

/** What a call says to the gateway besides what it asks for. */
type Said<Fields> = DecodedOptions<Fields>['said'] & {
  readonly model: string
  readonly signal: AbortSignal | undefined
  readonly headers: Readonly<Record<string, string>> | undefined
}

/**
 * Asks a gateway what a model of the AI SDK is asked. What fails is told as such a model tells it.
 *
 * @param work asks, and shows the answer; `describe` gives what every result has
 */
export async function askGateway<Fields, Result>(
  gateway: Gateway,
  model: string,
  { providerOptions, abortSignal, headers }: OperationCall,
  table: OptionTable<Fields>,
  work: (
    client: Gateway,
    said: Said<Fields>,
    describe: (reply: OperationReply, ...warnings: string[]) => OperationResult,
  ) => Promise<Result>,
): Promise<Result> {
  try {
    const { principal, said, warnings } = decodeOptions(providerOptions, table)
    const client = principal ? gateway.with(principal) : gateway
    return await work(
      client,
      { ...said, model, signal: abortSignal, headers: headers && decodeHeaders(headers) },
      (reply, ...more) => describe(reply, model, [...warnings, ...more]),
    )
  } catch (cause) {
    throw callError(cause, model, abortSignal)
  }
}

function describe({ response, trace }: OperationReply, asked: string, warnings: readonly string[]): OperationResult {
  const { extensions, model = asked } = response as { readonly extensions?: Extensions; readonly model?: string }
  const { providerMetadata, warnings: further = [] } = (extensions?.[id] ?? {}) as {
    readonly providerMetadata?: ProviderMetadata
    readonly warnings?: readonly string[]
  }
  const all = [...warnings, ...trace.warnings, ...further]
  return {
    providerMetadata: { ...providerMetadata, [own]: encodeMetadata(trace, { warnings: all }) },
    response: { timestamp: new Date(trace.startedAt), modelId: model, headers: { 'x-zerohop-call': trace.id } },
    warnings: encodeWarnings(all),
  }
}

/** Usage as metadata: what nobody reported is not there. */
export function usageOf({ response }: OperationReply): JSONObject {
  const { extensions: _, ...usage } = response.usage
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== undefined)) as JSONObject
}
