import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts'
import { createGateway, type Gateway } from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { openrouter } from '../../src/providers/openai-compatible.ts'
import type { FetchResponse } from '../../src/runtime.ts'
import {
  answer,
  contextWindowExceeded,
  errorInStream,
  json,
  overloaded,
  rateLimited,
  reasoning,
  refusal,
  serverError,
  stalled,
  stream,
  toolCalls,
  unauthorized,
} from '../../src/testing/index.ts'
import { providerFormats as allFormats, inMainFormat } from '../matrix/providers.ts'
import { pixel, question, schema, system, tool } from '../matrix/questions.ts'
import { createWorld, providers, type World } from '../world.ts'
import { tokens } from './applications.ts'

type Request = OpenAI.Responses.ResponseCreateParamsNonStreaming
type Answer = OpenAI.Responses.Response
type Event = OpenAI.Responses.ResponseStreamEvent

const manners = [
  { manner: 'whole', streams: false },
  { manner: 'streamed', streams: true },
]
const weather = toolCalls([
  { id: 'call_1', name: 'weather', arguments: { city: 'Oslo' } },
  { id: 'call_2', name: 'weather', arguments: { city: 'Bergen' } },
])
const responsesTool: OpenAI.Responses.FunctionTool = { type: 'function', ...tool, parameters: schema, strict: false }
const plain: Request = {
  model: 'chosen',
  instructions: system,
  input: question,
  max_output_tokens: 100,
  temperature: 0.5,
}
const withTools: Request = { model: 'chosen', input: question, tools: [responsesTool], tool_choice: 'required' }
const thinking: Request = { model: 'chosen', input: question, tools: [responsesTool], reasoning: { effort: 'high' } }

/** What is sent to the others is in `test/matrix.test.ts`. */
const providerFormats = allFormats.filter(({ name }) => ['openai', 'anthropic', 'google'].includes(name))

describe.each(providerFormats)('$name', (provider) => {
  const clientOf = (world: World): OpenAI => new OpenAI(gatewayTo(world, [provider.model]).sdk())

  test.each(manners)('a $manner answer', async ({ streams }) => {
    const world = createWorld()
    world.simulator.on().reply(stream(['Grüße, ', '世界 ', '🙂'], { cut: 7 }))
    const said = await ask(clientOf(world), plain, streams)
    expect(said).toMatchObject({ object: 'response', status: 'completed', error: null, instructions: system })
    expect(said.output_text).toBe('Grüße, 世界 🙂')
    expect(said.output).toMatchObject([{ type: 'message', role: 'assistant', content: [{ type: 'output_text' }] }])
    expect(world.simulator.calls).toMatchObject([{ provider: provider.name, stream: streams }])
    // There is no field for stop sequences in this format.
    const { stop, stop_sequences, generationConfig, ...received } = provider.received.plain as Record<string, object>
    expect(bodyOf(world, 0)).toMatchObject(received)
  })

  test.each(manners)('parallel tool calls, $manner, and their results', async ({ streams }) => {
    const world = createWorld()
    world.simulator
      .on()
      .reply(['I look it up.', ...weather])
      .then('7 in Oslo, rain in Bergen.')
    const client = clientOf(world)
    const said = await ask(client, withTools, streams)
    expect(said.output_text).toBe('I look it up.')
    const calls = callsOf(said)
    expect(calls.map(({ name, arguments: text }) => [name, JSON.parse(text)])).toEqual([
      ['weather', { city: 'Oslo' }],
      ['weather', { city: 'Bergen' }],
    ])
    expect(bodyOf(world, 0)).toMatchObject(provider.received.tools)

    const end = await ask(client, next(withTools, said, '7 degrees', 'rain'), streams)
    expect(end.output_text).toBe('7 in Oslo, rain in Bergen.')
    expect(provider.messages(bodyOf(world, 1)).slice(1)).toMatchObject(provider.results)
  })

  test.each(manners)('structured output, $manner, is parsed', async ({ streams }) => {
    const world = createWorld()
    world.simulator.on().reply(json({ city: 'Oslo' }))
    const client = clientOf(world)
    const text = { format: { type: 'json_schema' as const, name: 'place', schema, strict: true } }
    if (streams) {
      const said = await ask(client, { model: 'chosen', input: question, text }, true)
      expect(JSON.parse(said.output_text)).toEqual({ city: 'Oslo' })
    } else {
      const parsing = { format: Object.defineProperties({ ...text.format }, autoParsed) }
      const said = await client.responses.parse({ model: 'chosen', input: question, text: parsing })
      expect(said.output_parsed).toEqual({ city: 'Oslo' })
    }
    expect(bodyOf(world, 0)).toMatchObject(provider.received.schema)
  })

  test('a picture in the request', async () => {
    const world = createWorld()
    const image_url = `data:image/png;base64,${pixel}`
    const said = await ask(
      clientOf(world),
      {
        model: 'chosen',
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: question },
              { type: 'input_image', image_url, detail: 'auto' },
            ],
          },
        ],
      },
      false,
    )
    expect(said.output_text).toBe('You said: What is the weather?')
    expect(bodyOf(world, 0)).toMatchObject(provider.received.picture)
  })

  test.each(manners)('thoughts, $manner, and their proof in the next turn', async ({ streams }) => {
    const world = createWorld()
    world.simulator
      .on()
      .reply([reasoning(['Look ', 'first.'], { signature: 'c2lnbmF0dXJl' }), weather[0]!])
      .then('7 degrees.')
    const client = new OpenAI(gatewayTo(world, [provider.thinker.model]).sdk())
    const said = await ask(client, thinking, streams)
    expect(thoughtOf(said)).toBe('Look first.')
    expect(bodyOf(world, 0)).toMatchObject(provider.received.thinking)

    const end = await ask(client, next(thinking, said, '7 degrees'), streams)
    expect(end.output_text).toBe('7 degrees.')
    expect(provider.messages(bodyOf(world, 1)).slice(1)).toMatchObject(provider.thought)
  })

  test.each(manners)('a refusal, $manner', async ({ streams }) => {
    const world = createWorld()
    world.simulator.on().reply(refusal('I cannot help with that.'))
    const said = await ask(clientOf(world), plain, streams)
    const content = said.output.flatMap((item) => (item.type === 'message' ? item.content : []))
    expect(content.map((piece) => (piece.type === 'refusal' ? piece.refusal : piece.text)).join('')).toBe(
      'I cannot help with that.',
    )
  })

  test.each(manners)('usage, $manner, with what was cached', async ({ streams }) => {
    const world = createWorld()
    world.simulator.on().reply(answer('Hello', { usage: tokens }))
    const { usage } = await ask(clientOf(world), plain, streams)
    expect(usage).toMatchObject({
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 60 },
      output_tokens: 20,
      total_tokens: 120,
    })
  })

  test.each(
    manners.flatMap((manner) =>
      (
        [
          ['length', 'max_output_tokens'],
          ['content-filter', 'content_filter'],
        ] as const
      ).map(([reason, word]) => ({ ...manner, reason, word })),
    ),
  )('the reason $reason, $manner', async ({ reason, word, streams }) => {
    const world = createWorld()
    world.simulator.on().reply(answer('Hello', { finishReason: reason }))
    const said = await ask(clientOf(world), plain, streams)
    expect(said).toMatchObject({ status: 'incomplete', incomplete_details: { reason: word } })
    expect(said.output_text).toBe('Hello')
  })

  test.each(
    manners.flatMap((manner) =>
      (
        [
          ['a prompt that is too long', OpenAI.BadRequestError, contextWindowExceeded()],
          ['a wrong key', OpenAI.AuthenticationError, unauthorized()],
          ['a rate limit', OpenAI.RateLimitError, rateLimited({ retryAfter: 60 })],
          ['a failure of the provider', OpenAI.InternalServerError, serverError(500)],
        ] as const
      ).map(([what, kind, failure]) => ({ ...manner, what, kind, failure })),
    ),
  )('$what, $manner, is the error that the SDK has for it', async ({ streams, kind, failure }) => {
    const world = createWorld()
    world.simulator.on().reply(failure)
    const error = await world.clock.run(ask(clientOf(world), plain, streams).catch((error: unknown) => error))
    expect(error).toBeInstanceOf(kind)
    expect(error).toMatchObject({ message: expect.stringContaining(provider.name) })
  })

  test('a failure in the middle of a stream', async () => {
    const world = createWorld()
    world.simulator.on().reply(errorInStream(overloaded(), { after: 2, input: stream(['a', 'b', 'c']) }))
    const error = await ask(clientOf(world), plain, true).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(error).toMatchObject({ message: expect.stringContaining(provider.name) })
    expect(world.simulator.calls).toHaveLength(1)
  })

  test('leaving before an answer has begun', async () => {
    const world = createWorld()
    world.simulator.on().reply(stalled())
    const leaving = new AbortController()
    const asking = clientOf(world)
      .responses.create(plain, { signal: leaving.signal })
      .catch((error: unknown) => error)
    await expect.poll(() => world.simulator.running, { interval: 1 }).toBe(1)
    leaving.abort()
    expect(await asking).toBeInstanceOf(OpenAI.APIUserAbortError)
    expect(world.simulator.running).toBe(0)
  })

  test('the events of a stream are numbered, complete and in order', async () => {
    const world = createWorld()
    world.simulator.on().reply([reasoning('Look first.'), 'I look it up.', weather[0]!])
    const client = new OpenAI(gatewayTo(world, [provider.thinker.model]).sdk())
    const events: Event[] = []
    for await (const event of await client.responses.create({ ...thinking, stream: true })) events.push(event)
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index))
    const types = events.map(({ type }) => type.replace('response.', ''))
    expect(types.filter((type, index) => type !== types[index - 1])).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ])
    const added = events.filter((event) => event.type === 'response.output_item.added').map(({ item }) => item.id)
    const done = events.filter((event) => event.type === 'response.output_item.done').map(({ item }) => item.id)
    expect(done).toEqual(added)
    expect(new Set(added).size).toBe(3)
  })
})

describe('a provider of this format', () => {
  const said: object = {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'gpt-5-mini',
    output: [
      { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'b3BhcXVl' },
      { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [piece('Hello')] },
    ],
    usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
    x_new: { kept: true },
  }
  const events = [
    { type: 'response.created', response: { ...said, status: 'in_progress', output: [], usage: null } },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { id: 'msg_1', type: 'message', role: 'assistant', content: [] },
    },
    { type: 'response.content_part.added', output_index: 0, content_index: 0, item_id: 'msg_1', part: piece('') },
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, item_id: 'msg_1', delta: 'Hello' },
    { type: 'response.completed', response: said },
  ].map((event, sequence_number) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`)

  function piece(text: string): object {
    return { type: 'output_text', text, annotations: [], logprobs: [] }
  }

  /** A provider that gives one answer, and what it was asked. */
  function providerOf(body: string, type: string): { gateway: Gateway; asked: Record<string, unknown>[] } {
    const asked: Record<string, unknown>[] = []
    const gateway = createGateway({
      providers: [{ ...openai, apiKey: 'sk-of-this-test' }],
      runtime: {
        fetch: async (url, { body: sent }) => {
          asked.push({ url, ...JSON.parse(sent as string) })
          return new Response(body, { headers: { 'content-type': type } }) as FetchResponse
        },
      },
    }) as Gateway
    return { gateway, asked }
  }

  test('gets what the application wrote, and its whole answer passes as it came', async () => {
    const { gateway, asked } = providerOf(JSON.stringify(said), 'application/json')
    const request: Request = {
      model: 'openai/gpt-5-mini',
      input: [{ role: 'user', content: question }],
      previous_response_id: 'resp_0',
      reasoning: { effort: 'low' },
      truncation: 'auto',
    }
    const response = await new OpenAI(gateway.sdk()).responses.create(request)
    expect(response.output_text).toBe('Hello')
    expect(response).toMatchObject(said)
    expect(asked).toEqual([
      {
        ...request,
        url: 'https://api.openai.com/v1/responses',
        model: 'gpt-5-mini',
        input: [{ role: 'user', content: question }],
      },
    ])
  })

  test('streams to the application byte by byte, and its usage is known', async () => {
    const { gateway } = providerOf(events.join(''), 'text/event-stream')
    const body = JSON.stringify({ model: 'openai/gpt-5-mini', input: question, stream: true })
    const response = await gateway.fetch('https://api.openai.com/v1/responses', { method: 'POST', body })
    expect(await response.text()).toBe(events.join(''))
    expect(gateway.traceOf(response)).toMatchObject({ status: 'completed', usage: { inputTokens: 5, outputTokens: 2 } })
  })

  test('streams to the SDK, which puts the answer together', async () => {
    const { gateway } = providerOf(events.join(''), 'text/event-stream')
    const response = await ask(new OpenAI(gateway.sdk()), { model: 'openai/gpt-5-mini', input: question }, true)
    expect(response).toMatchObject({ id: 'resp_1', output_text: 'Hello', x_new: { kept: true } })
  })
})

/** A gateway with one group, `chosen`, of these models in order. */
function gatewayTo(world: World, models: readonly string[]): Gateway {
  return createGateway({
    providers: [...providers, openrouter].map(inMainFormat),
    models: { chosen: models },
    dialects: [openaiResponses],
    runtime: world.runtime,
  }) as Gateway
}

/** Asks as its user would: whole, or by the stream that the SDK puts together again. */
async function ask(client: OpenAI, request: Request, streams: boolean): Promise<Answer> {
  if (!streams) return client.responses.create(request)
  const { stream: _, ...rest } = request
  return client.responses.stream(rest).finalResponse()
}

/** The request in which an application sends back an answer as it came, with the result of each call. */
function next(request: Request, said: Answer, ...results: readonly string[]): Request {
  const outputs = callsOf(said).map(({ call_id }, index) => {
    return { type: 'function_call_output' as const, call_id, output: results[index]! }
  })
  const output = said.output as OpenAI.Responses.ResponseInputItem[]
  return { ...request, input: [{ role: 'user', content: question }, ...output, ...outputs] }
}

function callsOf({ output }: Answer): readonly OpenAI.Responses.ResponseFunctionToolCall[] {
  return output.filter((item) => item.type === 'function_call')
}

function thoughtOf({ output }: Answer): string {
  return output
    .flatMap((item) => (item.type === 'reasoning' ? item.summary : []))
    .map(({ text }) => text)
    .join('')
}

function bodyOf(world: World, index: number): Readonly<Record<string, unknown>> {
  return world.simulator.calls[index]?.body as Record<string, unknown>
}

/** What `zodTextFormat` adds to a format. */
const autoParsed = {
  $brand: { value: 'auto-parseable-response-format', enumerable: false },
  $parseRaw: { value: JSON.parse, enumerable: false },
}
