import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { ChatOpenAI } from '@langchain/openai'
import { HTTPClient, Mistral } from '@mistralai/mistralai'
import { MistralError } from '@mistralai/mistralai/models/errors'
import { CohereClientV2, CohereError } from 'cohere-ai'
import OpenAI from 'openai'
import { describe, expect, test, vi } from 'vitest'
import { cohereChat } from '../../src/dialects/cohere-chat/index.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts'
import { createGateway, type Gateway } from '../../src/index.ts'
import { cohere } from '../../src/providers/cohere.ts'
import { mistral } from '../../src/providers/makers.ts'
import {
  errorInStream,
  json,
  overloaded,
  rateLimited,
  serverError,
  stalled,
  stream,
  toolCalls,
} from '../../src/testing/index.ts'
import { type ProviderFormat, providerFormats } from '../matrix/providers.ts'
import { question, schema, system, tool } from '../matrix/questions.ts'
import { createWorld, type World } from '../world.ts'

interface Said {
  readonly text: string
  readonly calls: readonly { readonly name: string; readonly arguments: unknown }[]
}

/** A maker's SDK, and how its user asks with it. */
interface Sdk {
  readonly name: string
  connect(gateway: Gateway): {
    whole(signal?: AbortSignal): Promise<Said>
    streamed(signal?: AbortSignal): Promise<Said>
    /** Offers a tool, sends back what each call gave, and tells both answers. */
    tools(results: readonly string[]): Promise<readonly [Said, Said]>
    structured(): Promise<unknown>
  }
  readonly failed: new (...values: never[]) => Error
  /** Where its error has the status. */
  readonly status: string
}

type Calls = readonly { function: { name: string; arguments: unknown } }[]

const parsed = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : value)
const called = (calls: Calls | null | undefined): Said['calls'] =>
  (calls ?? []).map(({ function: { name, arguments: input } }) => ({ name, arguments: parsed(input) }))
const textOf = (content: unknown): string =>
  typeof content === 'string' ? content : ((content ?? []) as { text?: string }[]).map(({ text = '' }) => text).join('')

const mistralSdk: Sdk = {
  name: '@mistralai/mistralai',
  connect(gateway) {
    const { apiKey, fetch } = gateway.sdk()
    // It passes a Request.
    const client = new Mistral({ apiKey, httpClient: new HTTPClient({ fetcher: fetch as typeof globalThis.fetch }) })
    const plain = {
      model: 'chosen',
      messages: [
        { role: 'system' as const, content: system },
        { role: 'user' as const, content: question },
      ],
    }
    const signalled = (signal: AbortSignal | undefined) => (signal ? { fetchOptions: { signal } } : {})
    const said = ({ choices }: Awaited<ReturnType<typeof client.chat.complete>>): Said => {
      const { message } = choices[0]!
      return { text: textOf(message?.content), calls: called(message?.toolCalls) }
    }
    return {
      whole: async (signal) => said(await client.chat.complete(plain, signalled(signal))),
      async streamed(signal) {
        let text = ''
        for await (const { data } of await client.chat.stream(plain, signalled(signal))) {
          text += textOf(data.choices[0]?.delta.content)
        }
        return { text, calls: [] }
      },
      async tools(results) {
        const tools = [{ type: 'function' as const, function: { ...tool, parameters: schema } }]
        const messages = [{ role: 'user' as const, content: question }]
        const first = await client.chat.complete({ model: 'chosen', messages, tools, toolChoice: 'required' })
        const { message } = first.choices[0]!
        const answers = results.map((content, index) => {
          return { role: 'tool' as const, toolCallId: message!.toolCalls![index]!.id!, content }
        })
        const next = [...messages, { ...message!, role: 'assistant' as const }, ...answers]
        return [said(first), said(await client.chat.complete({ model: 'chosen', messages: next, tools }))]
      },
      async structured() {
        const answer = await client.chat.complete({
          model: 'chosen',
          messages: [{ role: 'user', content: question }],
          responseFormat: {
            type: 'json_schema',
            jsonSchema: { name: 'place', schemaDefinition: schema, strict: true },
          },
        })
        return JSON.parse(said(answer).text)
      },
    }
  },
  failed: MistralError,
  status: 'statusCode',
}

const cohereSdk: Sdk = {
  name: 'cohere-ai',
  connect(gateway) {
    const { apiKey, fetch, maxRetries } = gateway.sdk()
    const client = new CohereClientV2({ token: apiKey, fetch: fetch as typeof globalThis.fetch, maxRetries })
    const plain = {
      model: 'chosen',
      messages: [
        { role: 'system' as const, content: system },
        { role: 'user' as const, content: question },
      ],
    }
    const signalled = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})
    const said = ({ message }: Awaited<ReturnType<typeof client.chat>>): Said => ({
      text: textOf(message.content),
      calls: called(message.toolCalls as Calls | undefined),
    })
    return {
      whole: async (signal) => said(await client.chat(plain, signalled(signal))),
      async streamed(signal) {
        let text = ''
        for await (const event of await client.chatStream(plain, signalled(signal))) {
          if (event.type === 'content-delta') text += event.delta?.message?.content?.text ?? ''
          // So it tells a failure in the middle.
          if (event.type === 'message-end' && event.delta?.error) throw new CohereError({ message: event.delta.error })
        }
        return { text, calls: [] }
      },
      async tools(results) {
        const tools = [{ type: 'function' as const, function: { ...tool, parameters: schema } }]
        const messages = [{ role: 'user' as const, content: question }]
        const first = await client.chat({ model: 'chosen', messages, tools, toolChoice: 'REQUIRED' })
        const answers = results.map((content, index) => {
          return { role: 'tool' as const, toolCallId: first.message.toolCalls![index]!.id, content }
        })
        const next = [...messages, first.message, ...answers] as Parameters<typeof client.chat>[0]['messages']
        return [said(first), said(await client.chat({ model: 'chosen', messages: next, tools }))]
      },
      async structured() {
        const answer = await client.chat({
          model: 'chosen',
          messages: [{ role: 'user', content: question }],
          responseFormat: { type: 'json_object', jsonSchema: schema },
        })
        return JSON.parse(said(answer).text)
      },
    }
  },
  failed: CohereError,
  status: 'statusCode',
}

const langchain: Sdk = {
  name: '@langchain/openai',
  connect(gateway) {
    const { apiKey, fetch, maxRetries } = gateway.sdk()
    const model = new ChatOpenAI({ model: 'chosen', apiKey, maxRetries, configuration: { fetch } })
    const messages = [
      { role: 'system' as const, content: system },
      { role: 'user' as const, content: question },
    ]
    const openaiTool = { type: 'function' as const, function: { ...tool, parameters: schema } }
    const said = (message: Awaited<ReturnType<typeof model.invoke>>): Said => ({
      text: message.text,
      calls: (message.tool_calls ?? []).map(({ name, args }) => ({ name, arguments: args })),
    })
    const signalled = (signal: AbortSignal | undefined) => (signal ? { signal } : {})
    return {
      whole: async (signal) => said(await model.invoke(messages, signalled(signal))),
      async streamed(signal) {
        let text = ''
        for await (const chunk of await model.stream(messages, signalled(signal))) text += chunk.text
        return { text, calls: [] }
      },
      async tools(results) {
        const asking = model.bindTools([openaiTool], { tool_choice: 'required' })
        const human = new HumanMessage(question)
        const first = await asking.invoke([human])
        const answers = results.map((content, index) => {
          return new ToolMessage({ content, tool_call_id: first.tool_calls![index]!.id! })
        })
        return [said(first), said(await model.bindTools([openaiTool]).invoke([human, first, ...answers]))]
      },
      structured: () => model.withStructuredOutput(schema, { name: 'place', method: 'jsonSchema' }).invoke(question),
    }
  },
  failed: OpenAI.APIError,
  status: 'status',
}

const responses: Sdk = {
  name: 'openai, by Responses',
  connect(gateway) {
    const client = new OpenAI(gateway.sdk())
    const plain = { model: 'chosen', instructions: system, input: question }
    const said = ({ output, output_text }: OpenAI.Responses.Response): Said => ({
      text: output_text,
      calls: output
        .filter((item) => item.type === 'function_call')
        .map(({ name, arguments: text }) => ({ name, arguments: JSON.parse(text) })),
    })
    return {
      whole: async (signal) => said(await client.responses.create(plain, { signal })),
      streamed: async (signal) => said(await client.responses.stream(plain, { signal }).finalResponse()),
      async tools(results) {
        const tools = [{ type: 'function' as const, ...tool, parameters: schema, strict: false }]
        const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: question }]
        const first = await client.responses.create({ model: 'chosen', input, tools, tool_choice: 'required' })
        const calls = first.output.filter((item) => item.type === 'function_call')
        const answers = results.map((output, index) => {
          return { type: 'function_call_output' as const, call_id: calls[index]!.call_id, output }
        })
        const next = [...input, ...first.output, ...answers] as OpenAI.Responses.ResponseInput
        return [said(first), said(await client.responses.create({ model: 'chosen', input: next, tools }))]
      },
      async structured() {
        const format = { type: 'json_schema' as const, name: 'place', schema, strict: true }
        const { output_text } = await client.responses.create({ model: 'chosen', input: question, text: { format } })
        return JSON.parse(output_text)
      },
    }
  },
  failed: OpenAI.APIError,
  status: 'status',
}

const sdks = [mistralSdk, cohereSdk, langchain, responses]
const env = { AWS_REGION: 'us-east-1', AWS_BEARER_TOKEN_BEDROCK: 'key-of-aws' }
const weather = toolCalls([
  { id: 'call_1', name: 'weather', arguments: { city: 'Oslo' } },
  { id: 'call_2', name: 'weather', arguments: { city: 'Bergen' } },
])

/** A gateway with one group, `chosen`, of this provider's model. The hosts of all SDKs are known. */
function gatewayTo(world: World, { rows, model }: ProviderFormat, options: object = {}): Gateway {
  const ids = new Set(rows.map(({ id }) => id))
  return createGateway({
    providers: [...rows, ...[mistral, cohere].filter(({ id }) => !ids.has(id as never))] as never[],
    models: { chosen: [model] } as Record<string, string[]>,
    dialects: [openaiChat, openaiResponses, cohereChat],
    ...options,
    runtime: world.runtime,
  }) as Gateway
}

const manners = ['whole', 'streamed'] as const
const pairs = sdks.flatMap((sdk) => providerFormats.map((provider) => ({ sdk, provider })))

describe.each(pairs)('$sdk.name to $provider.name', ({ sdk, provider }) => {
  test('a text, whole and streamed', async () => {
    const world = createWorld({ env })
    world.simulator.on().reply(stream(['Grüße, ', '世界 ', '🙂'], { cut: 7 }))
    const client = sdk.connect(gatewayTo(world, provider))
    expect(await client.whole()).toEqual({ text: 'Grüße, 世界 🙂', calls: [] })
    // Mistral's SDK takes no `usage: null`, which OpenAI sends with every chunk when it is asked for the usage: as it is.
    if (sdk === mistralSdk && provider.name === 'openai') return
    expect(await client.streamed()).toEqual({ text: 'Grüße, 世界 🙂', calls: [] })
    expect(world.simulator.calls).toMatchObject([
      { provider: provider.provider, stream: false },
      { provider: provider.provider, stream: true },
    ])
    expect(JSON.stringify(world.simulator.calls[0]?.body)).toContain(system)
  })

  test('parallel calls, and their results', async () => {
    const world = createWorld({ env })
    world.simulator.on().reply(weather).then('7 in Oslo, rain in Bergen.')
    const [first, second] = await sdk.connect(gatewayTo(world, provider)).tools(['7 degrees', 'rain'])
    expect(first.calls).toEqual([
      { name: 'weather', arguments: { city: 'Oslo' } },
      { name: 'weather', arguments: { city: 'Bergen' } },
    ])
    expect(second).toEqual({ text: '7 in Oslo, rain in Bergen.', calls: [] })
    expect(JSON.stringify(world.simulator.calls[1]?.body)).toMatch(/7 degrees.*rain/)
  })

  test('structured output', async () => {
    const world = createWorld({ env })
    world.simulator.on().reply(json({ city: 'Oslo' }))
    expect(await sdk.connect(gatewayTo(world, provider)).structured()).toEqual({ city: 'Oslo' })
    expect(JSON.stringify(world.simulator.calls[0]?.body)).toContain('additionalProperties')
  })

  test.each(manners)('an error is the one that the SDK has for it, %s', async (manner) => {
    const world = createWorld({ env })
    world.simulator.on().reply(rateLimited({ retryAfter: 60 }))
    const asking = sdk.connect(gatewayTo(world, provider))[manner]()
    const error = await world.clock.run(asking.catch((error: unknown) => error))
    expect(error).toBeInstanceOf(sdk.failed)
    expect(error).toMatchObject({ [sdk.status]: 429 })
  })

  test('a failure in the middle of a stream does not pass for an end', async () => {
    const world = createWorld({ env })
    world.simulator.on().reply(errorInStream(overloaded(), { after: 2, input: stream(['aa ', 'bb ', 'cc']) }))
    const asking = sdk.connect(gatewayTo(world, provider)).streamed()
    await expect(asking).rejects.toThrow()
    expect(world.simulator.calls).toHaveLength(1)
  })

  test('whoever leaves takes the call along', async () => {
    const world = createWorld({ env })
    world.simulator.on().reply(stalled())
    const client = sdk.connect(gatewayTo(world, provider))
    for (const ask of [client.whole, client.streamed]) {
      const leaving = new AbortController()
      const asking = ask(leaving.signal).catch((error: unknown) => error)
      await vi.waitFor(() => expect(world.simulator.running).toBe(1), { interval: 1 })
      await world.clock.settle()
      leaving.abort()
      expect(await asking).toBeInstanceOf(Error)
      await vi.waitFor(() => expect(world.simulator.running).toBe(0), { interval: 1 })
    }
    expect(world.simulator.calls).toMatchObject([{ outcome: 'aborted' }, { outcome: 'aborted' }])
  })

  test.each(manners)(
    'against a dead provider no more attempts are made than the gateway allows, %s',
    async (manner) => {
      const world = createWorld({ env })
      world.simulator.on().reply(serverError(500))
      const asking = sdk.connect(gatewayTo(world, provider, { maxAttempts: 3, retry: { limit: 9 } }))[manner]()
      expect(await world.clock.run(asking.catch((error: unknown) => error))).toBeInstanceOf(sdk.failed)
      expect(world.simulator.calls).toHaveLength(3)
    },
  )
})
