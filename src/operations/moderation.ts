import { byteBound, largestWindow } from './byte-bound.ts'
import { estimateTokens } from './chat/estimate.ts'
import type { MediaPart, TextPart } from './chat/request.ts'
import type { Extensions, Operation, OperationRequest, OperationResponse, Usage } from './operation.ts'
import { type WholeEvent, wholeOperation } from './whole.ts'

/** What is to be judged: a text, or texts and pictures that are judged together. */
export type ModerationInput = string | readonly (TextPart | MediaPart)[]

export interface ModerationRequest extends OperationRequest {
  /** One verdict is given on each. */
  readonly input: readonly ModerationInput[]
}

/** What may be wrong with an input, whoever judges it. */
export type ModerationCategory =
  | 'harassment'
  | 'hate'
  | 'illicit'
  | 'self-harm'
  | 'sexual'
  | 'sexual-minors'
  | 'violence'
  | 'personal-data'
  | 'regulated-advice'
  | 'jailbreak'

/** The verdict on one category. */
export interface Verdict {
  readonly flagged: boolean
  /** How sure the model is, from 0 to 1, where it says. */
  readonly score?: number | undefined
}

export interface ModerationResult {
  /** Some category is flagged. */
  readonly flagged: boolean
  /** By category. One that the provider does not judge is missing. */
  readonly categories: Readonly<Partial<Record<ModerationCategory, Verdict>>>
  /** The same by the provider's own names, which may be finer. */
  readonly own: Readonly<Record<string, Verdict>>
  readonly extensions?: Extensions | undefined
}

export interface ModerationResponse extends OperationResponse {
  readonly id?: string | undefined
  /** The model that answered, in the provider's words. */
  readonly model: string
  /** One for each input, in their order. */
  readonly results: readonly ModerationResult[]
  readonly usage: Usage
  readonly extensions?: Extensions | undefined
}

export type Moderation = Operation<ModerationRequest, ModerationResponse, WholeEvent<ModerationResponse>>

/** Texts and pictures in, verdicts out. */
export const moderation: Moderation = /* @__PURE__ */ wholeOperation<ModerationRequest, ModerationResponse>(
  { model: '', results: [], usage: {} },
  {
    id: 'moderation',
    emptiness: (response) => (response.results.length > 0 ? undefined : 'The answer has no verdict.'),
    flaw: ({ results }, { input }) =>
      results.length === input.length ? undefined : `${results.length} verdicts came for ${input.length} inputs.`,
    bound: ({ input }, window = largestWindow) => ({
      inputTokens: sum(input, (text) => byteBound(text) + framing, window),
      outputTokens: 0,
    }),
    estimate: ({ input }) => sum(input, estimateTokens, 1_000),
  },
)

/** What a model's template writes around an input. */
const framing = 32

function sum(input: readonly ModerationInput[], textTokens: (text: string) => number, mediaTokens: number): number {
  let tokens = 0
  for (const item of input) {
    if (typeof item === 'string') tokens += textTokens(item)
    else for (const part of item) tokens += part.type === 'text' ? textTokens(part.text) : mediaTokens
  }
  return tokens
}
