import type { Usage } from '../operations/operation.ts'
import { type Fields, isFields } from './fields.ts'

/** Reads what Cohere bills, from the `meta` of an answer. */
export function decodeBilling(meta: unknown): Usage {
  const billed = isFields(meta) && isFields(meta['billed_units']) ? meta['billed_units'] : {}
  const texts = count(billed['input_tokens'])
  const pictures = count(billed['image_tokens'])
  const searchUnits = count(billed['search_units'])
  return {
    ...((texts ?? pictures) !== undefined && { inputTokens: (texts ?? 0) + (pictures ?? 0) }),
    ...(pictures !== undefined && { imageInputTokens: pictures }),
    ...(searchUnits !== undefined && { searchUnits }),
  }
}

/** Writes it. */
export function encodeBilling({ inputTokens, imageInputTokens, searchUnits }: Usage): Fields {
  const billed = {
    ...(inputTokens !== undefined && { input_tokens: inputTokens - (imageInputTokens ?? 0) }),
    ...(imageInputTokens !== undefined && { image_tokens: imageInputTokens }),
    ...(searchUnits !== undefined && { search_units: searchUnits }),
  }
  return { api_version: { version: '2' }, billed_units: billed }
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
