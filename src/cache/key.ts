import type { Call, CallOptions } from '../call.ts'
import type { Extensions } from '../operations/operation.ts'

/** Who shares answers: everyone whose value here is equal. */
export type Scope = Readonly<Record<string, unknown>>

/**
 * The key of a call's answer: a digest of all that can change the answer, and of who may share it.
 * Answers at once where the runtime's digest does.
 */
export function keyOf(call: Call, scope: Scope, namespace: string): string | Promise<string> {
  const { operation, request, options, runtime } = call
  const own = options.cache === false ? undefined : options.cache?.key
  return runtime.digest(
    canonical([
      namespace,
      scope,
      operation.id,
      request.model,
      own === undefined ? requestPart(request) : own,
      optionsPart(options),
    ]),
  )
}

/** Extension fields that change how an answer is told, not what it says, so that equal calls of several dialects meet. */
const manner: readonly string[] = ['stream_options', 'encoding_format']

/** Options that change whether and how long a call waits, not what is answered. Any other may, those to come included. */
const plumbing: readonly string[] = ['signal', 'timeout', 'maxAttempts', 'priority', 'cache', 'continuation']

/**
 * Every field but `stream`. Labels such as `user` and `metadata` count, though they change no answer: for an application
 * that names no principal they may be all that tells its tenants apart. One that labels each call gives a key of its own.
 */
function requestPart({ stream, extensions, ...fields }: Call['request']): object {
  return extensions ? { ...fields, extensions: withoutManner(extensions) } : fields
}

function withoutManner(extensions: Extensions): object | undefined {
  const kept = Object.entries(extensions).flatMap(([dialect, fields]) => {
    const telling = Object.entries(fields).filter(([name, value]) => value !== undefined && !manner.includes(name))
    return telling.length > 0 ? [[dialect, Object.fromEntries(telling)]] : []
  })
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}

function optionsPart(options: CallOptions): object | undefined {
  let part: Record<string, unknown> | undefined
  for (const name in options) {
    const value = options[name as keyof CallOptions]
    if (value === undefined || plumbing.includes(name)) continue
    // A condition cannot be digested: it is asked of what is found. It takes the place of the gateway's own.
    ;(part ??= {})[name] = typeof value === 'function' ? 'own' : value
  }
  return part
}

/**
 * Writes a value as text, so that two values give one text only if their JSON says the same: the order of properties
 * does not count, nor do those that are undefined. Strings carry their length in place of quotes: four times as fast.
 */
export function canonical(value: unknown): string {
  const text = write(value)
  // UTF-8, which is what a digest sees, has one replacement for all halves of a pair.
  return /[\ud800-\udfff]/.test(text) ? JSON.stringify(text) : text
}

function write(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `"${value.length}:${value}`
    case 'number':
    case 'bigint':
      return `${value};`
    case 'boolean':
      return value ? 't' : 'f'
    case 'object':
      if (value !== null) return writeObject(value)
  }
  return 'n'
}

function writeObject(value: object): string {
  if (Array.isArray(value)) {
    let list = '['
    for (let index = 0; index < value.length; index++) list += write(value[index])
    return `${list}]`
  }
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return write(toJSON.call(value))
  let fields = '{'
  for (const name of sorted(Object.keys(value))) {
    const field = (value as Readonly<Record<string, unknown>>)[name]
    if (field !== undefined && typeof field !== 'function') fields += `${name.length}:${name}${write(field)}`
  }
  return `${fields}}`
}

/** Sorts in place. An insertion sort beats the built-in one by far on the few names that most objects have. */
function sorted(names: string[]): string[] {
  if (names.length > 16) return names.sort()
  for (let index = 1; index < names.length; index++) {
    const name = names[index]!
    let at = index
    for (; at > 0 && names[at - 1]! > name; at--) names[at] = names[at - 1]!
    names[at] = name
  }
  return names
}
