/** What an application may write, and what must not compile. Compiled by types.test.ts against the built declarations. */
import {
  type CacheStore,
  type ChatReply,
  type ChatStream,
  cache,
  circuitBreaker,
  createGateway,
  type Middleware,
  type ModelFacts,
  type StandardSchema,
} from 'zerohop'
import { anthropic, google, groq, openai, provider } from 'zerohop/providers'
import names from './names.json' with { type: 'json' }

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function same<A, B>(...difference: Same<A, B> extends true ? [] : [never]): void

const gateway = createGateway({
  providers: [openai, anthropic, provider(groq, { id: 'groq-eu', region: 'eu', models: { 'my-own': {} } })],
  models: {
    fast: ['openai/gpt-5-mini', { model: 'groq-eu/my-own', is: 'openai/gpt-5-mini', weight: 3 }],
    long: ['anthropic/claude-sonnet-4-5'],
  },
  fallback: { general: { fast: ['long'] } },
})

// Groups, listed models and unlisted models of the gateway's own providers are taken.
await gateway.chat({ model: 'fast', messages: 'Hello' })
await gateway.chat({ model: 'openai/gpt-5-mini', messages: 'Hello' })
await gateway.chat({ model: 'groq-eu/my-own', messages: 'Hello' })
await gateway.chat({ model: 'openai/ft:gpt-5-mini:acme', messages: 'Hello' })
// @ts-expect-error a misspelt group
await gateway.chat({ model: 'fats', messages: 'Hello' })
// @ts-expect-error a misspelt provider
await gateway.chat({ model: 'opnai/gpt-5-mini', messages: 'Hello' })
// @ts-expect-error a provider that the gateway does not have
await gateway.chat({ model: 'google/gemini-2.5-flash', messages: 'Hello' })
// @ts-expect-error a variant has a name of its own
await gateway.chat({ model: 'groq/my-own', messages: 'Hello' })
// @ts-expect-error a misspelt provider in a group
createGateway({ providers: [openai], models: { fast: ['opnai/gpt-5-mini'] } })
// @ts-expect-error the same, in a deployment with more to say
createGateway({ providers: [openai], models: { fast: [{ model: 'opnai/gpt-5-mini', weight: 2 }] } })
// @ts-expect-error a misspelt field of a deployment
createGateway({ providers: [openai], models: { fast: [{ model: 'openai/gpt-5-mini', wieght: 2 }] } })
// @ts-expect-error a misspelt option
createGateway({ providers: [openai], cahce: cache() })
// @ts-expect-error a misspelt option of an option
createGateway({ providers: [openai], timeouts: { firstTokens: '1s' } })
// @ts-expect-error a duration without a unit that is known
createGateway({ providers: [openai], timeouts: { total: '1 minute' } })

// Names that come from JSON are taken as they are.
const fromFile = createGateway({ providers: [openai, anthropic], models: names })
await fromFile.chat({ model: 'fast', messages: 'Hello' })
const parsed: Record<string, string[]> = JSON.parse('{}')
const fromText = createGateway({ providers: [openai], models: parsed })
await fromText.chat({ model: 'whatever' as string, messages: 'Hello' })

// `stream` decides what comes back, also when it is known at run time only.
const whole = await gateway.chat({ model: 'fast', messages: 'Hello' })
same<typeof whole, ChatReply<undefined>>()
const streamed = await gateway.chat({ model: 'fast', messages: 'Hello', stream: true })
same<typeof streamed, ChatStream<undefined>>()
declare const either: boolean
const reply = await gateway.chat({ model: 'fast', messages: 'Hello', stream: either })
same<typeof reply, ChatReply<undefined> | ChatStream<undefined>>()
// @ts-expect-error a whole reply is no stream
for await (const _ of whole) {
}
for await (const event of streamed) {
  if (event.type === 'text-delta') event.text.toUpperCase()
  // @ts-expect-error only some events have text
  event.text.toUpperCase()
}

// A schema gives its type to `reply.object`.
declare const schema: StandardSchema<{ readonly city: string }>
const { object } = await gateway.chat({ model: 'fast', messages: 'Where?', schema })
same<typeof object, { readonly city: string }>()

// Fields that may be left out may be undefined.
await gateway.chat({ model: 'fast', messages: 'Hello', temperature: undefined, signal: undefined, cache: undefined })

// A row of one's own is checked as it is written.
const row = { ...openai, id: 'mine', models: { small: { context: 8192 } } } as const
const { dialect } = openai.operations.chat!
const mine = provider({ ...row, operations: { chat: { dialect, quirks: { streamOptions: false } } } })
await createGateway({ providers: [mine] }).chat({ model: 'mine/small', messages: 'Hello' })
// @ts-expect-error a misspelt quirk
provider({ ...openai, operations: { chat: { dialect, quirks: { steamOptions: false } } } })
// @ts-expect-error a quirk of another dialect
provider({ ...google, operations: { chat: { ...google.operations.chat, quirks: { streamOptions: false } } } })
// @ts-expect-error a misspelt field of a variant
provider(openai, { baseUrl: 'https://example.test' })

// The compiler holds the order: what needs an attempt does not fit around a call.
const breaker = circuitBreaker()
createGateway({ providers: [openai], attempt: [breaker.middleware] })
// @ts-expect-error a breaker needs a deployment, which a call does not have yet
createGateway({ providers: [openai], use: [breaker.middleware] })
const passing: Middleware = (call, next) => next(call)
createGateway({ providers: [openai], use: [passing] })

// A store is three methods.
const map = new Map<string, string>()
const store: CacheStore = {
  get: (key) => map.get(key),
  set: (key, value) => map.set(key, value),
  delete: (key) => map.delete(key),
}
cache({ store })

const facts: ModelFacts | undefined = openai.models['gpt-5-mini']
void facts
