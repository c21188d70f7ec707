import type { CacheMark } from '../../operations/chat/index.ts'
import type { Extensions } from '../../operations/operation.ts'
import type { ProviderOptions } from './specification.ts'

/** The id of the AI SDK as a dialect: the key of its extensions, the origin of its signatures. */
export const id = 'ai-sdk'

/** The name under which our own options and metadata stand. */
export const own = 'zerohop'

/** Reads the provider options of a node, one at a time, and keeps what nobody asked for. */
export class OptionsReader {
  readonly #rest: Record<string, Record<string, unknown>> = {}

  constructor(options: ProviderOptions | undefined) {
    for (const provider in options) this.#rest[provider] = { ...options[provider] }
  }

  /** Takes an option out; undefined when it is not there, or null. */
  take<T>(provider: string, name: string): T | undefined {
    const value = this.#rest[provider]?.[name]
    if (value === undefined) return undefined
    delete this.#rest[provider]![name]
    return (value ?? undefined) as T | undefined
  }

  /** The names of the options that are left of a provider. */
  left(provider: string): readonly string[] {
    return Object.keys(this.#rest[provider] ?? {})
  }

  /** Anthropic's mark for its prompt cache, which other providers have in other words. */
  takeCacheMark(): CacheMark | undefined {
    const control = this.take<{ readonly ttl?: CacheMark['ttl'] }>('anthropic', 'cacheControl')
    return control && (control.ttl === undefined ? {} : { ttl: control.ttl })
  }

  /** What is left, as the extensions of the node. */
  get extensions(): { readonly extensions?: Extensions } {
    const rest = Object.entries(this.#rest).filter(
      ([provider, options]) => provider !== own && Object.keys(options).length > 0,
    )
    return rest.length === 0 ? {} : { extensions: { [id]: { providerOptions: Object.fromEntries(rest) } } }
  }
}

/** Writes what {@link OptionsReader} read of a node: its mark for a prompt cache, and what was kept. */
export function encodeOptions(
  { cache, extensions }: { readonly cache?: CacheMark | undefined; readonly extensions?: Extensions | undefined },
  ...more: readonly (ProviderOptions | undefined)[]
): { readonly providerOptions?: ProviderOptions } {
  const options = mergeOptions(
    cache && { anthropic: { cacheControl: { type: 'ephemeral', ...cache } } },
    extensions?.[id]?.['providerOptions'] as ProviderOptions | undefined,
    ...more,
  )
  return options ? { providerOptions: options } : {}
}

/** Puts options together, provider by provider; the later ones count. */
export function mergeOptions(...all: readonly (ProviderOptions | undefined)[]): ProviderOptions | undefined {
  const merged: Record<string, Record<string, unknown>> = {}
  for (const options of all) {
    for (const provider in options) merged[provider] = { ...merged[provider], ...options[provider] }
  }
  return Object.keys(merged).length > 0 ? merged : undefined
}
