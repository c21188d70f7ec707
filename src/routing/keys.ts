import type { Key } from '../call.ts'
import { GatewayError } from '../errors.ts'
import type { AnyProvider, Credential } from '../providers/provider.ts'
import type { Runtime } from '../runtime.ts'

/** The keys of a deployment: those that were given, or the one that the environment holds. */
export function keysOf(
  { id, auth }: AnyProvider,
  credential: Credential | undefined,
  env: Runtime['env'],
): readonly Key[] {
  if (typeof credential === 'function') {
    const name = `${id}#1`
    return [{ id: name, secret: () => given(name, credential), kept: new Map() }]
  }
  if (credential !== undefined) {
    return [credential].flat().map((secret, index) => ({
      id: `${id}#${index + 1}`,
      secret: () => secret,
      kept: new Map(),
    }))
  }
  // Looked up when it is needed: some runtimes have no environment until a request comes.
  let found: string | undefined
  const look = (): string | undefined => {
    for (const names of auth.env) found ||= joined(names, env)
    return found
  }
  return [
    {
      id: `${id}#1`,
      get missing() {
        return look() === undefined && !auth.optional
          ? auth.env.map((names) =>
              [names]
                .flat()
                .filter((name) => !name.endsWith('?'))
                .join(' and '),
            )
          : undefined
      },
      secret: () => look() as string,
      kept: new Map(),
    },
  ]
}

/** What a function gives as a key. One that fails may give one the next time; one that gives none has none. */
function given(name: string, ask: Extract<Credential, () => unknown>): string | Promise<string> {
  const failed = (cause: unknown): never => {
    const { name: kind } = cause instanceof Error ? cause : { name: 'unknown' }
    throw new GatewayError('provider_unavailable', `The key ${name} could not be had: its function failed.`, {
      cause: { message: kind },
    })
  }
  const checked = (key: string): string => {
    if (typeof key === 'string' && key !== '') return key
    throw new GatewayError('authentication_failed', `The key ${name} is none: its function gave no text.`)
  }
  let key: string | Promise<string>
  try {
    key = ask()
  } catch (cause) {
    return failed(cause)
  }
  return typeof key === 'object' ? Promise.resolve(key).then(checked, failed) : checked(key)
}

/** The key that a variable holds, or several in its parts. */
function joined(names: string | readonly string[], env: Runtime['env']): string | undefined {
  if (typeof names === 'string') return env(names)
  const parts = names.map((name) => env(name.replace('?', '')))
  if (names.some((name, index) => !name.endsWith('?') && !parts[index])) return undefined
  return parts.filter(Boolean).join(':')
}

/** The keys that came with a call. They are named alike for all callers: nothing is kept of them. */
export function borrowedKeys(id: string, credential: string | readonly string[]): readonly Key[] {
  return [credential].flat().map((secret, index) => ({
    id: `${id}#caller${index + 1}`,
    secret: () => secret,
    borrowed: true,
    kept: new Map(),
  }))
}
