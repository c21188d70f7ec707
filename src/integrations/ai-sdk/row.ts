import type { ModelFacts, Provider } from '../../providers/provider.ts'
import { aiSdk } from './dialect.ts'
import { modelFetch } from './model-fetch.ts'
import type { AnyLanguageModel } from './specification.ts'

export interface AiSdkProviderOptions<Id extends string, Model extends string> {
  /** The name in front of the slash of `provider/model`. */
  readonly id: Id
  /** Gives the model of a name: a provider of the AI SDK, or a function of yours. Asked for each attempt. */
  readonly languageModel: (name: string) => AnyLanguageModel
  /** Limits, capabilities and prices. Names that are not listed work too, without a known cost. */
  readonly models?: Readonly<Record<Model, ModelFacts>> | undefined
  /** Where it runs: part of a deployment's identity. */
  readonly region?: string | undefined
}

/**
 * Makes a provider's row out of language models of the AI SDK, of any version, so that the gateway serves what only a
 * package of the AI SDK speaks to. Keys stand where that package has them.
 *
 * @example
 * const ollama = aiSdkProvider({ id: 'ollama', languageModel: createOllama() })
 * const gateway = createGateway({ providers: [openai, ollama], models: { fast: ['openai/gpt-5-mini', 'ollama/llama4'] } })
 */
export function aiSdkProvider<const Id extends string, const Model extends string = never>({
  id,
  languageModel,
  models,
  region,
}: AiSdkProviderOptions<Id, Model>): Provider<Id, Model, object> {
  return {
    id,
    // Nothing is ever sent there: `fetch` asks the model.
    baseURL: `https://${id.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.ai-sdk.invalid`,
    auth: { scheme() {}, env: [], optional: true },
    operations: { chat: { dialect: aiSdk } },
    models: models ?? ({} as Readonly<Record<Model, ModelFacts>>),
    fetch: modelFetch(languageModel),
    ...(region !== undefined && { region }),
  }
}
