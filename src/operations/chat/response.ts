import type { Extensions, OperationResponse, Usage } from '../operation.ts'
import type { ExtensionPart, MediaPart, ReasoningPart, RefusalPart, TextPart, ToolCallPart } from './request.ts'

/** Why the model stopped writing. */
export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'error' | 'other'

/** What a model may answer with. */
export type AnswerPart = TextPart | ReasoningPart | ToolCallPart | RefusalPart | MediaPart | ExtensionPart

/** One token written, and what else it might have been. */
export interface TokenLogprob {
  readonly token: string
  readonly logprob: number
  readonly bytes?: readonly number[] | null | undefined
  readonly top?:
    | readonly {
        readonly token: string
        readonly logprob: number
        readonly bytes?: readonly number[] | null | undefined
      }[]
    | undefined
}

/** One of the answers to a request: the only one, unless `n` asked for more. */
export interface Choice {
  readonly index: number
  readonly content: readonly AnswerPart[]
  /** Undefined while a stream has not said. */
  readonly finishReason?: FinishReason | undefined
  /** The provider's own word for {@link finishReason}. */
  readonly rawFinishReason?: string | undefined
  /** The stop sequence that ended it, where the provider says. */
  readonly stopSequence?: string | undefined
  readonly logprobs?: readonly TokenLogprob[] | undefined
  readonly extensions?: Extensions | undefined
}

export interface ChatResponse extends OperationResponse {
  /** The provider's id of the answer. */
  readonly id: string
  /** The model that answered, in the provider's words. */
  readonly model: string
  /** Seconds since 1970, where the provider says. */
  readonly created?: number | undefined
  readonly choices: readonly Choice[]
  readonly usage: Usage
  readonly serviceTier?: string | undefined
  readonly extensions?: Extensions | undefined
}
