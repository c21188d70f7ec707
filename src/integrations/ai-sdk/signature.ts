import type { Signature } from '../../operations/chat/index.ts'
import { id, type OptionsReader, own } from './provider-options.ts'
import type { JSONObject, ProviderMetadata } from './specification.ts'

/**
 * Writes a signature as the AI SDK's own provider packages write it, so that a conversation may go on with them; one
 * that they do not have, under our own name.
 */
export function encodeSignature({ origin, value, encrypted }: Signature): ProviderMetadata {
  if (origin === id) return JSON.parse(value) as ProviderMetadata
  if (origin === 'anthropic-messages') return { anthropic: { [encrypted ? 'redactedData' : 'signature']: value } }
  if (origin === 'gemini') return { google: { thoughtSignature: value } }
  return { [own]: { signature: { origin, value, ...(encrypted && { encrypted }) } } }
}

/** Reads what {@link encodeSignature} wrote, or a provider package of the AI SDK. */
export function decodeSignature(options: OptionsReader): Signature | undefined {
  const ours = options.take<Signature>(own, 'signature')
  if (typeof ours?.origin === 'string' && typeof ours.value === 'string') return ours
  for (const [provider, name, origin, encrypted] of packages) {
    const value = options.take<string>(provider, name)
    if (typeof value === 'string') return { origin, value, ...(encrypted && { encrypted }) }
  }
  return undefined
}

/** Where the provider packages keep signatures: @ai-sdk/anthropic 2 to 4, @ai-sdk/google 2 to 4, @ai-sdk/google-vertex. */
const packages: readonly (readonly [provider: string, name: string, origin: string, encrypted?: true])[] = [
  ['anthropic', 'signature', 'anthropic-messages'],
  ['anthropic', 'redactedData', 'anthropic-messages', true],
  ['google', 'thoughtSignature', 'gemini'],
  ['vertex', 'thoughtSignature', 'gemini'],
  ['googleVertex', 'thoughtSignature', 'gemini'],
]

/** Keeps what a model of the AI SDK says of a part, to be sent back to it unchanged. */
export function keepMetadata(metadata: Readonly<Record<string, JSONObject>>, encrypted: boolean): Signature {
  return { origin: id, value: JSON.stringify(metadata), ...(encrypted && { encrypted }) }
}
