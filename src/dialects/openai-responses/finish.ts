import type { Choice, FinishReason } from '../../operations/chat/index.ts'
import { lookUp } from '../fields.ts'
import type { WireResponse } from './wire.ts'

/** What the reasons of incomplete answers mean. */
const reasons: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: 'length',
  content_filter: 'content-filter',
}

/** What answers may be besides completed and incomplete: at work in the background, or called off. */
const statuses = ['queued', 'in_progress', 'cancelled']

/** Reads why an answer ended, with the provider's own word for it. */
export function decodeFinish(
  { status, incomplete_details: details }: WireResponse,
  hasCalls: boolean,
): { readonly finishReason: FinishReason; readonly rawFinishReason: string } {
  if (status === undefined || status === 'completed') {
    return { finishReason: hasCalls ? 'tool-calls' : 'stop', rawFinishReason: 'completed' }
  }
  const word = details?.reason ?? status
  return { finishReason: lookUp(reasons, word) ?? 'other', rawFinishReason: word }
}

/** Writes it. What has no word of OpenAI's is an incomplete answer, in the words of whoever ended it. */
export function encodeFinish({
  finishReason,
  rawFinishReason = '',
}: Pick<Choice, 'finishReason' | 'rawFinishReason'>): Required<Pick<WireResponse, 'status' | 'incomplete_details'>> {
  if (finishReason === 'stop' || finishReason === 'tool-calls') return { status: 'completed', incomplete_details: null }
  if (statuses.includes(rawFinishReason)) return { status: rawFinishReason, incomplete_details: null }
  const own = Object.keys(reasons).find((word) => reasons[word] === finishReason)
  const reason = own ?? (finishReason === 'other' ? rawFinishReason : finishReason)
  // An answer may be incomplete for no reason that anybody said.
  const silent = !reason || reason === 'incomplete'
  return { status: 'incomplete', incomplete_details: silent ? null : { reason } }
}
