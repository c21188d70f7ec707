import type { Extensions, Operation, OperationRequest, OperationResponse, Usage } from './operation.ts'

/** The one event of an answer that comes whole. */
export interface WholeEvent<Response> {
  readonly type: 'whole'
  readonly response: Response
}

type Whole<Request extends OperationRequest, Response extends OperationResponse> = Operation<
  Request,
  Response,
  WholeEvent<Response>
>

/** What operations differ in whose answers come whole; and what they may have otherwise than the rest. */
type Particular<O extends Operation<never>> = Partial<O> & Pick<O, 'id' | 'bound' | 'estimate'>

/**
 * Makes an operation whose answers come whole: one event says everything.
 *
 * @param nothing the response before that event has come
 */
export function wholeOperation<Request extends OperationRequest, Response extends OperationResponse>(
  nothing: Response,
  particular: Particular<Whole<Request, Response>>,
): Whole<Request, Response> {
  return {
    fold() {
      let said = nothing
      return {
        add(event) {
          said = event.response
        },
        result: () => said,
      }
    },
    unfold: (response) => [{ type: 'whole', response }],
    hasContent: () => true,
    finishes: () => true,
    usageOf: ({ response }) => response.usage,
    sizeOf: () => 0,
    emptiness: () => undefined,
    storable: () => true,
    cacheable: () => true,
    ...particular,
  }
}

/** Adds up what several requests have used. A number that one of them did not report is not known of the whole. */
export function sumOfUsage(usages: readonly Usage[]): Usage {
  const sum: Record<string, unknown> = { ...usages[0] }
  for (const usage of usages.slice(1)) {
    for (const name in sum) {
      const more: unknown = usage[name as keyof Usage]
      // A kind, such as a price may go by.
      if (typeof more === 'string' && more === sum[name]) continue
      if (typeof sum[name] !== 'number' || typeof more !== 'number') delete sum[name]
      else sum[name] += more
    }
  }
  return sum
}

/** The fields that only one dialect knows, under its id. */
export function extensionsOf(
  dialect: string,
  fields: Readonly<Record<string, unknown>> | undefined,
): { readonly extensions?: Extensions } {
  return fields ? { extensions: { [dialect]: fields } } : {}
}
