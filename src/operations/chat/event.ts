import type { Extensions, Usage } from '../operation.ts'
import type { Citation, ExtensionPart, MediaPart, Signature } from './request.ts'
import type { FinishReason, TokenLogprob } from './response.ts'

/**
 * A chat response as it happens. Folding every event of a stream gives its {@link ChatResponse}.
 *
 * `choice` numbers the answers. `part` numbers the parts of an answer in the order of their first event: a delta
 * with a new number begins a part (an empty one where there is no text to show), `part-end` closes it. Parts may be open side by side.
 */
export type ChatEvent =
  | {
      readonly type: 'message-start'
      readonly id: string
      readonly model: string
      readonly created?: number | undefined
      readonly extensions?: Extensions | undefined
    }
  | { readonly type: 'text-delta'; readonly choice: number; readonly part: number; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly choice: number; readonly part: number; readonly text: string }
  | { readonly type: 'refusal-delta'; readonly choice: number; readonly part: number; readonly text: string }
  | {
      readonly type: 'tool-call-start'
      readonly choice: number
      readonly part: number
      readonly id: string
      readonly name: string
    }
  | { readonly type: 'tool-call-delta'; readonly choice: number; readonly part: number; readonly arguments: string }
  /** A part that comes whole: media, something of one dialect only. It needs no `part-end`. */
  | {
      readonly type: 'part'
      readonly choice: number
      readonly part: number
      readonly content: MediaPart | ExtensionPart
    }
  | { readonly type: 'citation'; readonly choice: number; readonly part: number; readonly citation: Citation }
  /** Closes a part, with what is known only at its end. */
  | {
      readonly type: 'part-end'
      readonly choice: number
      readonly part: number
      readonly signature?: Signature | undefined
      readonly extensions?: Extensions | undefined
    }
  | { readonly type: 'logprobs'; readonly choice: number; readonly logprobs: readonly TokenLogprob[] }
  | {
      readonly type: 'finish'
      readonly choice: number
      readonly finishReason: FinishReason
      readonly rawFinishReason?: string | undefined
      readonly stopSequence?: string | undefined
      readonly extensions?: Extensions | undefined
    }
  /** The usage so far: totals, which replace what an earlier event said. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /** Always the last. */
  | {
      readonly type: 'message-end'
      readonly serviceTier?: string | undefined
      readonly extensions?: Extensions | undefined
    }

export type ChatEventOf<Type extends ChatEvent['type']> = Extract<ChatEvent, { readonly type: Type }>
