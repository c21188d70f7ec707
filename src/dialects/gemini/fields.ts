import { GatewayError } from '../../errors.ts'
import { isRecord, type Wire } from './wire.ts'

// What an application sent, field by field. Google's JSON takes a name in camelCase and in snake_case, null for a field
// that is not set, and one value where a list may stand: https://protobuf.dev/programming-guides/json

/** The fields of an object that are set, their names in camelCase. */
export function fields(value: unknown, path: string): Wire {
  if (!isRecord(value)) throw wrong(path, 'an object')
  for (const key in value) if (value[key] === null || key.includes('_')) return normalised(value)
  return value
}

function normalised(value: Wire): Wire {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([key, field]) => [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), field]),
  )
}

export function list(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (isRecord(value)) return [value]
  throw wrong(path, 'a list')
}

export function text(value: unknown, path: string): string {
  if (typeof value !== 'string') throw wrong(path, 'a string')
  return value
}

/** The error of a field that is not what it should be. */
export function wrong(path: string, kind: string): GatewayError {
  return new GatewayError('invalid_request', `\`${path}\` must be ${kind}.`)
}
