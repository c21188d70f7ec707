/** How rows of one's own and variants may be written, and what must not compile. Compiled by types.test.ts against the built declarations. */
import { createGateway } from 'zerohop'
import { azure, bearer, bedrock, google, groq, ollama, openai, provider, vertex } from 'zerohop/providers'

const { chat } = openai.operations

// A row of one's own is checked as it is written.
const mine = provider({
  id: 'mine',
  baseURL: 'https://llm.acme.test/v1',
  auth: { scheme: bearer, env: ['ACME_API_KEY'] },
  operations: { chat: { dialect: chat!.dialect, quirks: { topK: true } } },
  models: { small: { context: 8192 } },
  known: 'verified',
  source: { url: 'https://llm.acme.test/docs', date: '2026-11-22' },
})
const gateway = createGateway({ providers: [mine, openai, ollama] })
await gateway.chat({ model: 'mine/small', messages: 'Hello' })
// @ts-expect-error a provider that the gateway does not have
await gateway.chat({ model: 'groq/llama', messages: 'Hello' })

// @ts-expect-error a misspelt field
provider({ ...mine, baseUrl: 'https://llm.acme.test/v2' })
// @ts-expect-error a field of the wrong kind
provider({ ...mine, slashes: 'yes' })
// @ts-expect-error a misspelt quirk
provider({ ...mine, operations: { chat: { ...chat, quirks: { topk: true } } } })
// @ts-expect-error a quirk of the wrong kind
provider({ ...mine, operations: { chat: { ...chat, quirks: { topK: 'yes' } } } })
// @ts-expect-error a quirk of another dialect
provider({ ...google, operations: { chat: { ...google.operations.chat!, quirks: { topK: true } } } })
// @ts-expect-error an operation that there is none of
provider({ ...mine, operations: { chta: chat } })
// @ts-expect-error a fact of a model that there is none of
provider({ ...mine, models: { small: { contextWindow: 8192 } } })
// @ts-expect-error a row without a key
provider({ id: 'mine', baseURL: 'https://llm.acme.test', operations: {}, models: {} })
// @ts-expect-error how far a row is known is one of two words
provider({ ...mine, known: 'certainly' })

// The settings of a row are fields of its variants, and of no others.
provider(azure, { id: 'azure-eu', resource: 'acme', region: 'eu' })
provider(vertex, { project: 'acme', location: 'europe-west4' })
provider(bedrock, { region: 'eu-central-1' })
// @ts-expect-error a misspelt setting
provider(azure, { resorce: 'acme' })
// @ts-expect-error a setting of another row
provider(groq, { resource: 'acme' })

// Listed models keep their literal types through a variant, and names of one's own are added.
const eu = provider(azure, { id: 'azure-eu', models: { 'prod-7': {} } })
await createGateway({ providers: [eu] }).chat({ model: 'azure-eu/prod-7', messages: 'Hello' })
