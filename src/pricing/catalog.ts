import type { AnyProvider, Catalog, ModelFacts } from '../providers/provider.ts'

/** Finds what is known of a model: on its provider's row, or else in the catalogue that the gateway was given. */
export function factsOf(provider: AnyProvider, model: string, catalog?: Catalog): ModelFacts | undefined {
  const { id, models } = provider
  return (
    findModel(model, (name) => (Object.hasOwn(models, name) ? models[name] : undefined)) ?? catalog?.lookup(id, model)
  )
}

/**
 * Looks a model up under its own name, or else under the name of what it certainly is: a snapshot, a resource name, a
 * profile. Nothing fuzzier: `gpt-5` says nothing of `gpt-5-pro`, nor of `gpt-5:free`.
 *
 * Of what is the same model at another price, a fine-tune or a regional profile, it gives the facts without the price.
 */
export function findModel(
  model: string,
  lookup: (name: string) => ModelFacts | undefined,
): ModelFacts | undefined {
  const found = lookup(model)
  if (found) return found
  const name = model.replace(resource, '')
  const tuned = name.match(fineTune)
  if (tuned) return withoutPrice(snapshotOf(tuned[1] as string, lookup))
  const regional = name.match(profile)
  if (!regional) return snapshotOf(name, lookup)
  const facts = lookup(name) ?? snapshotOf(regional[2] as string, lookup)
  return regional[1] === 'global' || name === model ? facts : facts
}
