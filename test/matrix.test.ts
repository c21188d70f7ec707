import { describe, expect, test } from 'vitest'
import { anthropicMessages, gemini, openaiChat, openaiResponses } from '../src/dialects/index.ts'
import { createGateway, type Gateway } from '../src/index.ts'
import {
  answer,
  contextWindowExceeded,
  errorInStream,
  json,
  overloaded,
  rateLimited,
  reasoning,
  refusal,
  type Step,
  serverError,
  stream,
  toolCalls,
  unauthorized,
} from '../src/testing/index.ts'
import { type Application, applications, type Body, type Kind, type Said } from './matrix/applications.ts'
import { departures } from './matrix/departures.ts'
import { type ProviderFormat, providerFormats } from './matrix/providers.ts'
import { createWorld, type World } from './world.ts'

/** One thing that is asked and answered, over all pairs of formats, whole and streamed. */
interface Case {
  readonly asks: Kind
  readonly answers: readonly Step[]
  readonly says: PartialSaid
  /** What the calls gave, which is sent back with the answer as it came. */
  readonly results?: readonly string[]
  /** What of the provider's table its second request must hold. */
  readonly sends?: 'results' | 'thought'
  readonly saysThen?: PartialSaid
}

type PartialSaid = { readonly [Field in keyof Said]?: Said[Field] | Partial<Said[Field]> }

const weather = toolCalls([
  { id: 'call_1', name: 'weather', arguments: { city: 'Oslo' } },
  { id: 'call_2', name: 'weather', arguments: { city: 'Bergen' } },
])
const called = (city: string) => ({ name: 'weather', arguments: { city } })

const cases: Readonly<Record<string, Case>> = {
  'a text': {
    asks: 'plain',
    answers: [stream(['Grüße, ', '世界 ', '🙂'], { cut: 7 })],
    says: { text: 'Grüße, 世界 🙂', reasoning: '', refusal: '', calls: [], end: 'stop' },
  },
  'parallel calls, and their results': {
    asks: 'tools',
    answers: [['I look it up.', ...weather], '7 in Oslo, rain in Bergen.'],
    says: { text: 'I look it up.', calls: [called('Oslo'), called('Bergen')] as never, end: 'tool-calls' },
    results: ['7 degrees', 'rain'],
    sends: 'results',
    saysThen: { text: '7 in Oslo, rain in Bergen.', calls: [], end: 'stop' },
  },
  'structured output': { asks: 'schema', answers: [json({ city: 'Oslo' })], says: { text: '{"city":"Oslo"}' } },
  'a picture': { asks: 'picture', answers: ['A dot.'], says: { text: 'A dot.', end: 'stop' } },
  'a thought, and its proof in the next turn': {
    asks: 'thinking',
    answers: [[reasoning(['Look ', 'first.'], { signature: 'c2lnbmF0dXJl' }), weather[0]!], '7 degrees.'],
    says: { reasoning: 'Look first.', text: '', calls: [called('Oslo')] as never, end: 'tool-calls' },
    results: ['7 degrees'],
    sends: 'thought',
    saysThen: { text: '7 degrees.', reasoning: '' },
  },
  'a stop sequence': {
    asks: 'plain',
    answers: [answer('Hello', { finishReason: 'stop', stopSequence: 'END' })],
    says: { text: 'Hello', end: 'stop' },
  },
  'an answer that is cut off': {
    asks: 'plain',
    answers: [answer('Hello', { finishReason: 'length' })],
    says: { text: 'Hello', end: 'length' },
  },
  'an answer that is filtered': {
    asks: 'plain',
    answers: [answer('Hello', { finishReason: 'content-filter' })],
    says: { text: 'Hello', end: 'content-filter' },
  },
  'a refusal': {
    asks: 'plain',
    answers: [refusal('I cannot help with that.')],
    says: { words: 'I cannot help with that.', calls: [] },
  },
  usage: {
    asks: 'plain',
    answers: [
      answer('Hello', { usage: { inputTokens: 100, cachedInputTokens: 60, outputTokens: 20, reasoningTokens: 5 } }),
    ],
    says: { usage: { input: 100, output: 20, cached: 60, reasoning: 5 } },
  },
}

const env = { AWS_REGION: 'us-east-1', AWS_BEARER_TOKEN_BEDROCK: 'key-of-aws' }
const pairs = applications.flatMap((application) =>
  providerFormats.map((provider) => ({ application, provider, title: `${application.name} to ${provider.name}` })),
)
const manners = [
  { manner: 'whole', streams: false },
  { manner: 'streamed', streams: true },
]

describe.each(pairs)('$title', ({ application, provider }) => {
  test.each(Object.entries(cases).flatMap(([name, one]) => manners.map((manner) => ({ ...manner, name, one }))))(
    '$name, $manner',
    async ({ name, one, streams }) => {
      const world = createWorld({ env })
      const script = world.simulator.on()
      for (const step of one.answers) script.reply(step)
      const asked = one.asks === 'thinking' ? provider.thinker : provider
      const gateway = gatewayTo(world, asked.model, provider)
      const departure = departures[provider.name]?.[name] ?? departures[application.name]?.[name]
      const body = application.asks[one.asks]

      const first = await ask(gateway, application, body, streams)
      expect(first.said).toMatchObject({ ...one.says, ...departure?.says?.(application.name) })
      expect(world.simulator.calls).toMatchObject([{ provider: asked.provider, stream: streams }])
      expect(sent(world, 0)).toMatchObject(without(provider.received[one.asks], application))
      const warnings = departure?.warns?.(application.name) ?? []
      expect(first.warnings).toHaveLength(warnings.length)
      for (const words of warnings) expect(first.warnings).toContainEqual(expect.stringMatching(words))
      if (!one.sends) return

      const next = application.next(body, first.answer, one.results!)
      const second = await ask(gateway, application, next, streams)
      expect(second.said).toMatchObject(one.saysThen!)
      expect(provider.messages(sent(world, 1)).slice(1)).toMatchObject(provider[one.sends])
    },
  )

  test.each(
    (
      [
        ['a prompt that is too long', 400, contextWindowExceeded()],
        ['a wrong key', 401, unauthorized()],
        ['a rate limit', 429, rateLimited({ retryAfter: 60 })],
        ['a failure of the provider', 502, serverError(500)],
        ['an overload inside a 200', 503, errorInStream(overloaded())],
      ] as const
    ).flatMap(([what, status, step]) => manners.map((manner) => ({ ...manner, what, status, step }))),
  )('$what, $manner, is an error that names the provider', async ({ streams, status, step }) => {
    const world = createWorld({ env })
    world.simulator.on().reply(step)
    const gateway = gatewayTo(world, provider.model, provider)
    const response = await world.clock.run(post(gateway, application, application.asks.plain, streams))
    expect(response.status).toBe(status)
    const { error } = (await response.json()) as { error: { message: string } }
    expect(error.message).toContain(provider.model.split('/')[0])
  })

  test('a failure in the middle of a stream is told in it', async () => {
    const world = createWorld({ env })
    world.simulator.on().reply(errorInStream(overloaded(), { after: 2, input: stream(['aa ', 'bb ', 'cc']) }))
    const gateway = gatewayTo(world, provider.model, provider)
    const response = await post(gateway, application, application.asks.plain, true)
    const text = await response.text()
    expect(text).toMatch(/aa .*bb .*"error":.*overloaded/is)
    expect(text).not.toContain('cc')
    expect(world.simulator.calls).toHaveLength(1)
  })
})

test('every departure is of a case and a format that there are', () => {
  const names = [...applications, ...providerFormats].map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(Object.keys(departures)))
  for (const [name, departure] of Object.values(departures).flatMap((all) => Object.entries(all ?? {}))) {
    expect(Object.keys(cases)).toContain(name)
    expect(departure?.because).toMatch(/\w/)
  }
})

/** A gateway with one group, `chosen`, of this model. */
function gatewayTo(world: World, model: string, { rows }: ProviderFormat): Gateway {
  return createGateway({
    providers: rows as never[],
    models: { chosen: [model] } as Record<string, string[]>,
    dialects: [openaiChat, anthropicMessages, gemini, openaiResponses],
    runtime: world.runtime,
  }) as Gateway
}

function post(gateway: Gateway, application: Application, body: Body, streams: boolean): Promise<Response> {
  return gateway.fetch(application.url(streams), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, ...(streams && application.streaming) }),
  })
}

async function ask(gateway: Gateway, application: Application, body: Body, streams: boolean) {
  const response = await post(gateway, application, body, streams)
  const text = await response.text()
  expect([response.status, response.status === 200 || text]).toEqual([200, true])
  const answer = streams ? application.assemble(eventsOf(text)) : JSON.parse(text)
  const said = application.read(answer)
  return { answer, said: { ...said, words: said.text + said.refusal }, warnings: gateway.traceOf(response)!.warnings }
}

function eventsOf(text: string): unknown[] {
  return [...text.matchAll(/^data: (.*?)\r?$/gm)].flatMap(([, data]) => (data === '[DONE]' ? [] : [JSON.parse(data!)]))
}

function sent(world: World, index: number): Body {
  return world.simulator.calls[index]?.body as Body
}

/** What must arrive of an application that cannot say all of it. */
function without(received: object, { name }: Application): object {
  if (name !== 'openai-responses') return received
  const { stop: _, stop_sequences: __, ...rest } = received as Record<string, unknown>
  const strip = (value: unknown, field: string) => {
    const { [field]: ___, ...others } = value as Record<string, unknown>
    return others
  }
  if (rest['generationConfig']) rest['generationConfig'] = strip(rest['generationConfig'], 'stopSequences')
  if (rest['inferenceConfig']) rest['inferenceConfig'] = strip(rest['inferenceConfig'], 'stopSequences')
  if (rest['options']) rest['options'] = strip(rest['options'], 'stop')
  return rest
}
