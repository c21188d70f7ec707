import type { Condition } from '../call.ts'
import type { OperationResponse } from '../operations/operation.ts'
import { type JSONSchema, misfit } from './json-schema.ts'

/** Holds when all of the conditions do. They are asked in turn, up to the first that does not hold. */
export function and(...conditions: readonly Condition[]): Condition {
  return async function and(answer) {
    for (const condition of conditions) if (!(await condition(answer))) return false
    return true
  }
}

/** Holds when one of the conditions does. They are asked in turn, up to the first that holds. */
export function or(...conditions: readonly Condition[]): Condition {
  return async function or(answer) {
    for (const condition of conditions) if (await condition(answer)) return true
    return false
  }
}

/** Holds when the condition does not. */
export function not(condition: Condition): Condition {
  return async function not(answer) {
    return !(await condition(answer))
  }
}

/** Holds when a choice of a chat ended for one of these reasons: `finishReason('length', 'content-filter')`. */
export function finishReason(...reasons: readonly FinishReason[]): Condition {
  return function finishReason({ response }) {
    return choicesOf(response).some(({ finishReason: reason }) => reasons.includes(reason as FinishReason))
  }
}

/** Holds when a choice of a chat says nothing, neither in words nor by a tool call. */
export function empty(): Condition {
  return function empty({ response }) {
    return choicesOf(response).some((choice) => textOf(choice).trim() === '' && !callsTools(choice))
  }
}

/** Holds when the text of every choice of a chat is JSON. A choice that calls tools owes none. */
export function validJSON(): Condition {
  return function validJSON({ response }) {
    return choicesOf(response).every((choice) => callsTools(choice) || parsed(choice) !== undefined)
  }
}

/**
 * Holds when the text of every choice of a chat is JSON that fits a schema: a Standard Schema, such as zod's; without
 * one, the JSON Schema that the request holds its output to, and anything where it has none.
 */
export function fitsSchema(schema?: Validates): Condition {
  return async function fitsSchema({ request, response }) {
    const { output } = request as { readonly output?: { readonly type: string; readonly schema?: unknown } | undefined }
    const own = output?.type === 'json-schema' ? (output.schema as JSONSchema) : undefined
    if (!schema && own === undefined) return true
    for (const choice of choicesOf(response)) {
      if (callsTools(choice)) continue
      const value = parsed(choice)
      if (value === undefined) return false
      if (schema ? (await schema['~standard'].validate(value.json)).issues : misfit(value.json, own!)) return false
    }
    return true
  }
}

/** What ends a chat, in our words. */
type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'error' | 'other'

/** The part of Standard Schema (https://standardschema.dev) that tells whether a value fits. */
interface Validates {
  readonly '~standard': {
    validate(value: unknown): { readonly issues?: unknown } | Promise<{ readonly issues?: unknown }>
  }
}

interface Choice {
  readonly finishReason?: string | undefined
  readonly content: readonly { readonly type: string; readonly text?: string }[]
}

/** The choices of a chat; none of anything else. */
function choicesOf(response: OperationResponse): readonly Choice[] {
  return (response as { readonly choices?: readonly Choice[] }).choices ?? []
}

function callsTools({ content }: Choice): boolean {
  return content.some(({ type }) => type === 'tool-call')
}

function textOf({ content }: Choice): string {
  let all = ''
  for (const { type, text } of content) if (type === 'text' || type === 'refusal') all += text
  return all
}

function parsed(choice: Choice): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(textOf(choice)) }
  } catch {
    return undefined
  }
}
