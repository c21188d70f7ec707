import type { Signature } from '../../operations/chat/index.ts'
import { base64Of, bytesOf } from '../base64.ts'
import { decodeSignature, encodeSignature } from '../signature.ts'
import { id } from './wire.ts'

/**
 * Stands in for the signature of a call that no Gemini model made, which Gemini 3 would refuse without one.
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures, FAQ; Vertex AI knows this word too, and only this one.
 */
export const signatureOfForeignCalls = 'skip_thought_signature_validator'

/** The base64 of every text that begins with the mark of a foreign signature (`zerohop:`). */
const foreign = 'emVyb2hvcD'

/** Writes a signature for an application. The field is base64, and SDKs of other languages decode it: so a mark is encoded. */
export function writeSignature(signature: Signature): string {
  if (signature.origin === id) return signature.value
  const bytes = new TextEncoder().encode(encodeSignature(signature, id))
  return base64Of(bytes)
}

/** Reads a signature of Gemini's own, or what {@link writeSignature} wrote. */
export function readSignature(text: string): Signature | undefined {
  if (text === signatureOfForeignCalls) return undefined
  if (!text.startsWith(foreign)) return { origin: id, value: text }
  try {
    return decodeSignature(new TextDecoder().decode(bytesOf(text)), id)
  } catch {
    return { origin: id, value: text }
  }
}
