/** All models of all providers, for the catalogue. */
import { findProvider } from '@pydantic/genai-prices'
import { completed, known } from './known.mjs'
import { audible, matches, priceOf, tidy } from './prices.mjs'

/** The providers of genai-prices by their ids at models.dev; those that models.dev does not have, by their own. */
const genaiPrices = {
  anthropic: 'anthropic',
  'amazon-bedrock': 'aws',
  azure: 'azure',
  arcee: 'arcee',
  avian: 'avian',
  baseten: 'baseten',
  cerebras: 'cerebras',
  'cloudflare-workers-ai': 'cloudflare',
  cohere: 'cohere',
  deepseek: 'deepseek',
  doubleword: 'doubleword',
  'fireworks-ai': 'fireworks',
  google: 'google',
  groq: 'groq',
  minimax: 'minimax',
  mistral: 'mistral',
  moonshotai: 'moonshotai',
  'novita-ai': 'novita',
  openai: 'openai',
  openrouter: 'openrouter',
  ovhcloud: 'ovhcloud',
  perplexity: 'perplexity',
  togetherai: 'together',
  voyage: 'voyageai',
  xai: 'x-ai',
  zai: 'zai',
  zhipuai: 'zhipuai',
}

/** Hosts that publish zeros, or what the makers charge, in place of a price of their own. */
const unpriced = new Set(['nvidia', 'github-copilot', 'github-models'])

/** Pairs of a provider's id and its models, each a pair of a name and its facts, in the order of their names. */
export function allModels({ catalogue, rows, date, factsFrom }) {
  const ours = new Map(Object.entries(rows).map(([id, { modelsDev = id }]) => [modelsDev, id]))
  const ids = [...new Set([...catalogue.keys(), ...Object.keys(genaiPrices), ...ours.keys()])].sort()
  return ids.map((id) => [id, modelsOf(id)]).filter(([, models]) => models.length > 0)

  function modelsOf(id) {
    const priced = genaiPrices[id] ? (findProvider({ providerId: genaiPrices[id] })?.models ?? []) : []
    const own = known[ours.get(id) ?? id] ?? {}
    const models = new Map((catalogue.get(id) ?? []).map((model) => [model.model, factsFrom(model.model, model)]))
    for (const { id: name, context_window: context } of priced) {
      // What genai-prices calls regional is a rule for several names, no name.
      const listed = [...models.keys()].some((other) => other.toLowerCase() === name.toLowerCase())
      if (!listed && !name.startsWith('regional.'))
        models.set(name, { ...factsFrom(name, {}), ...(context && { context }) })
    }
    for (const name of Object.keys(own))
      if ((own[name].operation ?? own[name].context) && !models.has(name)) models.set(name, {})
    return [...models].map(([name, facts]) => [name, complete(name, facts)]).sort(([a], [b]) => (a < b ? -1 : 1))

    function complete(name, { price: theirs, ...facts }) {
      const entry = entryOf(name)
      const price = unpriced.has(id) ? undefined : priceFrom(name, entry, theirs && tidy(theirs))
      const gone = entry?.deprecated && !facts.deprecated
      return completed(ours.get(id) ?? id, name, { ...facts, ...(gone && { deprecated: true }) }, price)
    }

    function priceFrom(name, entry, theirs) {
      const ours = entry && priceOf(entry, date)
      // Null says that there are parts that we do not count.
      const price = ours === undefined ? theirs : (ours ?? undefined)
      return audible.test(name) && !price?.audioInput && !price?.hour ? undefined : price
    }

    /** By its own name, or by a rule that names it whole; where names stand for several, as at Bedrock, by any rule. */
    function entryOf(name) {
      return (
        priced.find((other) => other.id.toLowerCase() === name.toLowerCase()) ??
        priced.find((other) => (id === 'amazon-bedrock' ? matches(other.match, name) : equals(other.match, name)))
      )
    }
  }
}

function equals({ or, equals: value }, name) {
  return or ? or.some((rule) => equals(rule, name)) : value?.toLowerCase() === name.toLowerCase()
}
