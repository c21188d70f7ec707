import type { CallOptions, Principal } from '../../call.ts'
import { type Fields, isFields } from '../../dialects/fields.ts'
import { LeftOut } from '../../dialects/left-out.ts'
import type { Extensions } from '../../operations/operation.ts'
import { readOptions } from './options.ts'
import { id, OptionsReader, own } from './provider-options.ts'
import type { ProviderOptions } from './specification.ts'
import { rename, snake } from './tools.ts'
import { decodeWarning } from './warnings.ts'

/** Which options of a call mean which fields of a request, one table for both directions. */
export interface OptionTable<Fields> {
  /** Fields that `providerOptions.zerohop` may say, for the AI SDK has none for them. */
  readonly own: readonly (keyof Fields & string)[]
  /** Options of the provider packages that have a name here. The first that is said counts. */
  readonly named: readonly NamedOption<keyof Fields & string>[]
  /** The dialects that the further options of a package are for, which names them as the provider does. */
  readonly dialects: Readonly<Record<string, string>>
}

/** With other words than ours, where the package has other words: theirs to ours. */
export type NamedOption<Field extends string> = readonly [
  provider: string,
  option: string,
  field: Field,
  words?: Readonly<Record<string, string>>,
]

/** What the options of a call say. */
export interface DecodedOptions<Fields> {
  readonly principal: Principal | undefined
  readonly said: CallOptions & Partial<Fields> & { readonly extensions?: Extensions }
  readonly warnings: readonly string[]
}

/** Reads the options of a call. What only one provider knows goes to that one; all is kept for models of the AI SDK. */
export function decodeOptions<Fields>(
  all: ProviderOptions | undefined,
  table: OptionTable<Fields>,
): DecodedOptions<Fields> {
  const { principal, options, fields: said } = readOptions(all, table.own)
  const reader = new OptionsReader(all)
  const fields: Record<string, unknown> = { ...said }
  for (const [provider, option, field, words] of table.named) {
    // `ai` 5 takes some of OpenAI's options by their names on the wire.
    const value = reader.take<unknown>(provider, option) ?? reader.take<unknown>(provider, snake(option))
    if (value !== undefined) fields[field] ??= words?.[String(value)] ?? value
  }
  const left = new LeftOut()
  const extensions: Record<string, Record<string, unknown>> = {}
  for (const provider of new Set(table.named.map(([provider]) => provider))) {
    const dialect = table.dialects[provider]
    for (const name of reader.left(provider)) {
      const value = reader.take<unknown>(provider, name)
      if (value === undefined) continue
      if (dialect === undefined) left.leaveOut(`providerOptions.${provider}.${name}`, 'it has no name here')
      else (extensions[dialect] ??= {})[snake(name)] = rename(value, snake)
    }
  }
  const { [own]: _, ...others } = all ?? {}
  if (Object.keys(others).length > 0) extensions[id] = { providerOptions: others }
  return {
    principal,
    said: {
      ...options,
      ...(fields as Partial<Fields>),
      ...(Object.keys(extensions).length > 0 && { extensions }),
    },
    warnings: left.warnings ?? [],
  }
}

/** Writes the fields of a request that a call has no place for, as options of each package that takes them. */
export function encodeNamed<Fields>(request: Fields, { named }: OptionTable<Fields>): ProviderOptions | undefined {
  const options: Record<string, Record<string, unknown>> = {}
  for (const [provider, option, field, words = {}] of named) {
    const value = request[field]
    if (value === undefined) continue
    const [theirs] = Object.entries(words).find(([, ours]) => ours === value) ?? []
    ;(options[provider] ??= {})[option] = theirs ?? value
  }
  return Object.keys(options).length > 0 ? options : undefined
}

/** The options of a call of the AI SDK that asked for this, as they were said. */
export function keptOptions({
  extensions,
}: {
  readonly extensions?: Extensions | undefined
}): ProviderOptions | undefined {
  return extensions?.[id]?.['providerOptions'] as ProviderOptions | undefined
}

/** What a model of the AI SDK says besides its answer. */
export function toldExtensions({ providerMetadata, warnings }: Fields): { readonly extensions?: Extensions } {
  const told = {
    ...(isFields(providerMetadata) && { providerMetadata }),
    ...(Array.isArray(warnings) && warnings.length > 0 && { warnings: warnings.map(decodeWarning) }),
  }
  return Object.keys(told).length > 0 ? { extensions: { [id]: told } } : {}
}
