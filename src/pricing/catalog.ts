import type { AnyProvider, ModelFacts } from '../providers/provider.ts'

/**
 * Finds what a provider's row says of a model: under its own name, or, for a dated snapshot and an alias `-latest`, under
 * the name without that ending. Nothing fuzzier: `gpt-5` says nothing of `gpt-5-pro`.
 */
export function factsOf(provider: AnyProvider, model: string): ModelFacts | undefined {
  const { models } = provider
  if (Object.hasOwn(models, model)) return models[model]
  const name = model.replace(snapshot, '')
  return Object.hasOwn(models, name) ? models[name] : undefined
}

/** `-2025-08-07`, `-20250929`, `-latest` */
const snapshot = /-(?:20\d\d-[01]\d-[0-3]\d|20\d\d[01]\d[0-3]\d|latest)$/
