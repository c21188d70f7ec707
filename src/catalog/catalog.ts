import { findModel } from '../pricing/catalog.ts'
import type { Catalog, ModelFacts } from '../providers/provider.ts'
import { decodeFacts } from './compact.ts'
import { data } from './data.ts'
import { modelsDevIds } from './ids.ts'

/**
 * All models that models.dev and genai-prices know, as of when this version was made: `createGateway({ catalog })`.
 * A provider's models are unpacked when one of them is first asked for.
 */
export const catalog: Catalog = {
  lookup(provider, model) {
    const models = modelsOf(provider)
    return models && findModel(model, (name) => factsIn(models.get(name)))
  },
}

/** The packed facts of each model of a provider. */
type Models = ReadonlyMap<string, string>

const unpacked: Record<string, Models | undefined> = {}

function modelsOf(provider: string): Models | undefined {
  const id = Object.hasOwn(data, provider) ? provider : (modelsDevIds[provider] ?? provider)
  if (!Object.hasOwn(data, id)) return undefined
  return (unpacked[id] ??= new Map(
    (data[id] as string).split('\n').map((line) => {
      const end = line.indexOf('|')
      return [line.slice(0, end), line.slice(end + 1)]
    }),
  ))
}

function factsIn(text: string | undefined): ModelFacts | undefined {
  return text === undefined ? undefined : decodeFacts(text)
}
