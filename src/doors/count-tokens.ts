import type { ChatInput } from '../operations/chat/index.ts'
import { type CountTokens, type CountTokensResponse, countTokens as operation } from '../operations/count-tokens.ts'
import { type Ask, OperationReply } from './ask.ts'
import { chatRequest } from './chat.ts'

/** What `gateway.countTokens` gives. */
export class CountTokensReply extends OperationReply<CountTokensResponse> {
  /** How many tokens of input the request has. */
  get inputTokens(): number {
    return this.response.inputTokens
  }

  /** Whether that is an estimate of the gateway's own, for want of a provider that counts. */
  get estimated(): boolean {
    return this.response.estimated ?? false
  }
}

/** Asks for the size of a chat request. */
export const countTokens: Ask<CountTokens, ChatInput, CountTokensReply> = {
  operation,
  request(input) {
    const { stream, ...request } = chatRequest(input)
    return request
  },
  reply: (response, recorder) => new CountTokensReply(response, recorder),
}
