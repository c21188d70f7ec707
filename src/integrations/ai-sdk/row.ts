import type { ModelFacts, Provider } from '../../providers/provider.ts'
import { aiSdk } from './dialect.ts'
import { aiSdkEmbeddings } from './embeddings-dialect.ts'
import { aiSdkImages } from './images-dialect.ts'
import { type Models, modelFetch } from './model-fetch.ts'
import type { AnyEmbeddingModel, AnyImageModel } from './model-parts.ts'
import type { AnyLanguageModel } from './specification.ts'

export interface AiSdkProviderOptions<Id extends string, Model extends string> extends Models {
  /** The name in front of the slash of `provider/model`. */
  readonly id: Id
  /** Gives the language model of a name: a provider of the AI SDK, or a function of yours. Asked for each attempt. */
  readonly languageModel?: ((name: string) => AnyLanguageModel) | undefined
  /** The same for embeddings. */
  readonly embeddingModel?: ((name: string) => AnyEmbeddingModel) | undefined
  /** The same for images. */
  readonly imageModel?: ((name: string) => AnyImageModel) | undefined
  /** Limits, capabilities and prices. Names that are not listed work too, without a known cost. */
  readonly models?: Readonly<Record<Model, ModelFacts>> | undefined
  /** Where it runs: part of a deployment's identity. */
  readonly region?: string | undefined
}

/**
 * Makes a provider's row out of models of the AI SDK, of any version, so that the gateway serves what only a
 * package of the AI SDK speaks to. Keys stand where that package has them.
 *
 * @example
 * const ollama = aiSdkProvider({ id: 'ollama', languageModel: createOllama() })
 * const gateway = createGateway({ providers: [openai, ollama], models: { fast: ['openai/gpt-5-mini', 'ollama/llama4'] } })
 */
export function aiSdkProvider<const Id extends string, const Model extends string = never>({
  id,
  models,
  region,
  ...kinds
}: AiSdkProviderOptions<Id, Model>): Provider<Id, Model, object> {
  return {
    id,
    // Nothing is ever sent there: `fetch` asks the model.
    baseURL: `https://${id.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.ai-sdk.invalid`,
    auth: { scheme() {}, env: [], optional: true },
    operations: {
      ...(kinds.languageModel && { chat: { dialect: aiSdk } }),
      ...(kinds.embeddingModel && { embeddings: { dialect: aiSdkEmbeddings } }),
      ...(kinds.imageModel && { images: { dialect: aiSdkImages } }),
    },
    models: models ?? ({} as Readonly<Record<Model, ModelFacts>>),
    fetch: modelFetch(kinds),
    ...(region !== undefined && { region }),
  }
}
