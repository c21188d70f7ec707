import type { TokenLogprob } from '../../operations/chat/index.ts'
import type { WireLogprobs } from './wire.ts'

/** Reads `logprobsResult`: two lists, the tokens chosen and what else might have been, one entry a token each. */
export function decodeLogprobs({ chosenCandidates = [], topCandidates }: WireLogprobs): readonly TokenLogprob[] {
  return chosenCandidates.map((chosen, index) => {
    const top = topCandidates?.[index]?.candidates
    return { ...decodeToken(chosen), ...(top && { top: top.map(decodeToken) }) }
  })
}

/** Writes `logprobsResult`. */
export function encodeLogprobs(logprobs: readonly TokenLogprob[]): WireLogprobs {
  return {
    chosenCandidates: logprobs.map(encodeToken),
    ...(logprobs.some(({ top }) => top) && {
      topCandidates: logprobs.map(({ top = [] }) => ({ candidates: top.map(encodeToken) })),
    }),
  }
}

// Google's JSON leaves out a zero and an empty string.
function decodeToken({ token = '', logProbability = 0 }: { token?: string; logProbability?: number }): {
  token: string
  logprob: number
} {
  return { token, logprob: logProbability }
}

function encodeToken({ token, logprob }: { token: string; logprob: number }): {
  token: string
  logProbability: number
} {
  return { token, logProbability: logprob }
}
