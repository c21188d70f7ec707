import { chat } from './chat/index.ts'
import type { ChatRequest } from './chat/request.ts'
import type { Extensions, Operation, OperationResponse, Usage } from './operation.ts'
import { type WholeEvent, wholeOperation } from './whole.ts'

export interface CountTokensResponse extends OperationResponse {
  /** What the request would be counted as. */
  readonly inputTokens: number
  /** Nobody counted: no deployment of the group can, and this is how the gateway estimates. */
  readonly estimated?: boolean | undefined
  /** Always empty: nobody bills for counting. */
  readonly usage: Usage
  readonly extensions?: Extensions | undefined
}

export type CountTokens = Operation<ChatRequest, CountTokensResponse, WholeEvent<CountTokensResponse>>

/** A chat request in, the number of its tokens out. */
export const countTokens: CountTokens = /* @__PURE__ */ wholeOperation<ChatRequest, CountTokensResponse>(
  { inputTokens: 0, usage: {} },
  {
    id: 'count-tokens',
    flaw: ({ inputTokens }) => (Number.isFinite(inputTokens) ? undefined : 'The answer has no count.'),
    storable: ({ estimated }) => !estimated,
    bound: () => ({ inputTokens: 0, outputTokens: 0 }),
    estimate: chat.estimate,
    mismatch: (request, traits) => chat.mismatch?.(request, traits),
    free: () => true,
    locally: (request) => ({ inputTokens: chat.estimate(request), estimated: true, usage: {} }),
  },
)
