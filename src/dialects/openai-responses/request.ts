import type { ChatRequest } from '../../operations/chat/index.ts'
import type { Door, Target, WireRequest } from '../dialect.ts'
import { check, type Fields, invalid, isFields, type Names, type Shape } from '../fields.ts'
import { LeftOut, leaveOutFields } from '../left-out.ts'
import { decodeInput, encodeInput } from './input.ts'
import type { OpenAIResponsesQuirks } from './quirks.ts'
import { decodeSettings, encodeSettings, encryptedReasoning, settingsShape, textLogprobs } from './settings.ts'
import { id, own, writeRest } from './wire.ts'

/** Writes a request for a provider. */
export function encodeRequest(request: ChatRequest, { model, quirks }: Target<OpenAIResponsesQuirks>): WireRequest {
  const left = new LeftOut()
  const { leaveOut } = left
  leaveOutFields(request, unsayable, leaveOut)
  const fields = own(request)
  const body: Record<string, unknown> = {
    model,
    ...encodeInput(request, quirks.developerRole !== false, leaveOut),
    ...encodeSettings(request, leaveOut),
  }
  writeRest(body, fields)
  if (request.heldBy?.dialect === id && body['conversation'] === undefined) {
    body['previous_response_id'] ??= request.heldBy.id
  }
  const include = [...((fields?.['include'] as string[] | undefined) ?? [])]
  const thinks = request.reasoning && request.reasoning.effort !== 'none'
  if (!fields?.['include'] && thinks && quirks.encryptedReasoning !== false) include.push(encryptedReasoning)
  if (request.logprobs) include.push(textLogprobs)
  if (include.length > 0) body['include'] = include
  else delete body['include']
  for (const field of quirks.unsupported ?? []) {
    if (body[field] === undefined) continue
    delete body[field]
    leaveOut(`\`${field}\``, 'the provider does not take it')
  }
  return {
    path: '/responses',
    body: quirks.patch ? quirks.patch(body) : body,
    warnings: left.warnings,
  }
}

/** Reads a request that an application wrote. */
export function decodeRequest(body: unknown, door: Door): ChatRequest {
  if (!isFields(body)) throw invalid('The body', 'a JSON object')
  check(body, requestShape, '')
  const model = body['model'] ?? door.model
  if (typeof model !== 'string' || model === '') throw invalid('model', 'the name of a model')
  const { input, instructions } = body
  // A stored prompt, or what went before, may be all that is asked.
  const elsewhere = body['prompt'] ?? body['previous_response_id'] ?? body['conversation']
  if (input == null && elsewhere == null) throw invalid('input', 'a string or a list')
  const messages = decodeInput(input ?? [], instructions as string | null | undefined)
  const heldBy = decodeHeld(body)
  return { model, messages, ...decodeSettings(body, requestShape as Names), ...(heldBy && { heldBy }) }
}

/** What the provider is to have kept: what went before, items of it, a stored prompt, or the answer itself. */
function decodeHeld(body: Fields): ChatRequest['heldBy'] {
  const { previous_response_id: previous, conversation, prompt, background, input } = body
  const of = isFields(conversation) ? conversation['id'] : conversation
  const held = previous ?? of
  if (typeof held === 'string') return { dialect: id, id: held }
  const refers = Array.isArray(input) && input.some((item) => isFields(item) && item['type'] === 'item_reference')
  return prompt != null || background === true || refers ? { dialect: id } : undefined
}

const requestShape: Shape = { ...settingsShape, model: 'string?', input: true, instructions: 'string?' }

/** What this API has no field for, with the value that says nothing. */
const unsayable: Readonly<Partial<Record<keyof ChatRequest, string>>> = {
  n: '1',
  stop: '',
  seed: '',
  topK: '',
  frequencyPenalty: '0',
  presencePenalty: '0',
  logitBias: '',
  modalities: 'text',
}
