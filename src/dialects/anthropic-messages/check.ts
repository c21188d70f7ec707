import { GatewayError } from '../../errors.ts'
import type { Block } from './wire.ts'

type FieldType = 'string' | 'number' | 'boolean' | 'object' | 'list of objects'
/** The types of fields, by name. */
export type Fields = Readonly<Record<string, FieldType>>

/** The fields of blocks of a known type; those with a question mark may be missing or null. */
const blockFields: Readonly<Record<string, Fields>> = {
  text: { text: 'string', 'citations?': 'list of objects' },
  thinking: { thinking: 'string', 'signature?': 'string' },
  redacted_thinking: { data: 'string' },
  tool_use: { id: 'string', name: 'string' },
  tool_result: { tool_use_id: 'string' },
  image: { source: 'object' },
  document: { source: 'object' },
}

const sourceFields: Readonly<Record<string, Fields>> = {
  base64: { media_type: 'string', data: 'string' },
  url: { url: 'string' },
  file: { file_id: 'string' },
  text: { data: 'string' },
}

/** Checks content: a string, or blocks that have what blocks of their type must have. */
export function checkContent(content: unknown, field: string): asserts content is string | Block[] {
  if (typeof content === 'string') return
  if (!Array.isArray(content)) throw invalid(field, 'a string or a list')
  for (const [index, block] of content.entries()) {
    const at = `${field}.${index}`
    check(block, at, 'object')
    check(block.type, `${at}.type`, 'string')
    checkFields(block, blockFields[block.type], at)
    if (block.type === 'tool_result') {
      if (block.content !== undefined && block.content !== null) checkContent(block.content, `${at}.content`)
    } else if (block.source) checkFields(block.source, sourceFields[block.source.type], `${at}.source`)
  }
}

/** Checks fields by a table; those with a question mark may be missing or null. */
export function checkFields(node: Readonly<Record<string, unknown>>, fields: Fields | undefined, at: string): void {
  for (const key in fields) {
    const name = key.replace('?', '')
    if (name === key || (node[name] !== undefined && node[name] !== null))
      check(node[name], at ? `${at}.${name}` : name, fields[key]!)
  }
}

/** Checks one field, and names it when it is of another type. */
export function check(value: unknown, field: string, type: FieldType): void {
  const fits =
    type === 'object'
      ? isObject(value)
      : type === 'list of objects'
        ? Array.isArray(value) && value.every(isObject)
        : typeof value === type
  if (!fits) throw invalid(field, type === 'object' ? 'an object' : `a ${type}`)
}

/** Makes the error of a body that is no request. */
export function invalid(field: string, expected: string): GatewayError {
  return new GatewayError('invalid_request', `${field} must be ${expected}.`)
}

/** Tells a JSON object from anything else. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
