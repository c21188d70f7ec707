import type { AnyProvider, Catalog, ModelFacts } from '../providers/provider.ts'

/**
 * Finds what is known of a model: on its provider's row, and in the catalogue that the gateway was given, which may be newer.
 * Where both have the same price, the row's counts: it says more.
 */
export function factsOf(
  { id, variantOf = id, models }: AnyProvider,
  model: string,
  catalog?: Catalog,
): ModelFacts | undefined {
  const onRow = findModel(model, (name) => (Object.hasOwn(models, name) ? models[name] : undefined))
  const found = catalog?.lookup(variantOf, model)
  if (!onRow || !found) return onRow ?? found
  const { price = onRow.price } = found
  const same = price?.input === onRow.price?.input && price?.output === onRow.price?.output
  return { ...found, ...onRow, price: same ? onRow.price : price }
}

/**
 * Looks a model up under its own name, or else under the name of what it certainly is: a snapshot of it, or a resource.
 * Nothing fuzzier: `gpt-5` says nothing of `gpt-5-pro`, nor of `gpt-5:free`.
 *
 * Of the same model at a price of its own, a fine-tune or a regional profile, it gives the facts without the price.
 */
export function findModel(model: string, lookup: (name: string) => ModelFacts | undefined): ModelFacts | undefined {
  const name = model.replace(resource, '')
  const found = lookup(model) ?? lookup(name)
  if (found) return found
  const base = (name.match(fineTune) ?? name.match(profile))?.[1]
  if (base === undefined) return lookup(name.replace(snapshot, ''))
  const facts = lookup(base) ?? lookup(base.replace(snapshot, ''))
  return facts && { ...facts, price: undefined }
}

/** `-2025-08-07`, `-20250929`, `@20250929`, `@default`, `-latest`, and Google's `-001` */
const snapshot = /[-@](?:20\d\d-[01]\d-[0-3]\d|20\d\d[01]\d[0-3]\d|latest|default|00\d)$/

/** How Google, Vertex AI and Bedrock write the path to a model. */
const resource =
  /^(?:models\/|publishers\/[^/]+\/models\/|arn:aws[\w-]*:bedrock:[\w:-]*:(?:inference-profile|foundation-model)\/)/

/** OpenAI's fine-tunes, `ft:gpt-4o-mini-2024-07-18:acme::abc`: they cost more than what they were made of. */
const fineTune = /^ft:([^:]+):/

/** Bedrock's inference profiles. Those of a region cost a tenth more for newer models, and nothing more for older ones. */
const profile = /^(?:us|us-gov|ca|sa|eu|ap|apac|au|jp|global)\.(.+\..+)$/
