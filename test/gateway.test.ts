import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { cache, createGateway, GatewayError, isGatewayError, ordered, provider } from '../src/index.ts'
import { openai } from '../src/providers/openai.ts'
import { timeline } from '../src/telemetry/timeline.ts'
import {
  answer,
  invalidRequest,
  json,
  reasoning,
  respond,
  serverError,
  stream,
  toolCalls,
  unauthorized,
} from '../src/testing/index.ts'
import { createPair, createWorld, drain, failureOf, providers } from './world.ts'

test('a reply says what the model said, and what it took', async () => {
  const world = createWorld()
  world.simulator.on().reply(
    answer([reasoning('Six by seven.'), 'It is 42.'], {
      usage: { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 400, reasoningTokens: 60 },
    }),
  )
  const reply = await createPair(world).chat({ model: 'openai/gpt-5-mini', messages: 'What is 6 × 7?' })
  expect(reply).toMatchObject({ text: 'It is 42.', finishReason: 'stop', toolCalls: [], refusal: undefined })
  expect(reply.usage).toMatchObject({
    inputTokens: 1000,
    outputTokens: 100,
    cachedInputTokens: 400,
    reasoningTokens: 60,
  })
  // 600 × $0.25 + 400 × $0.025 + 100 × $2, a million
  expect(reply.cost).toBe(0.00036)
  expect(reply.trace).toMatchObject({
    status: 'completed',
    deployment: 'openai/gpt-5-mini',
    provider: 'openai',
    cache: 'off',
    estimated: false,
  })
})

test.each([{ usage: undefined }, { usage: { prompt_tokens: 2 } }])(
  'an answer that does not say what it wrote costs as estimated from what it says, whole as streamed: %o',
  async ({ usage }) => {
    const text = 'Six by seven is forty-two.'
    const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }]
    const frames = [
      { choices: [{ index: 0, delta: { role: 'assistant', content: text }, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage },
    ]
    const charges = [false, true].map(async (streamed) => {
      const world = createWorld()
      world.simulator.on().reply(
        streamed
          ? respond({
              headers: { 'content-type': 'text/event-stream' },
              body: `${frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('')}data: [DONE]\n\n`,
            })
          : respond({ body: { choices, usage } }),
      )
      const reply = await createPair(world).chat({ model: 'openai/gpt-5-mini', messages: 'Hello', stream: streamed })
      if (streamed) await drain(reply as never)
      return reply.trace.attempts[0]!.charge
    })
    const [whole, streamed] = await Promise.all(charges)
    expect(whole).toEqual(streamed)
    expect(whole).toMatchObject({ usage: { outputTokens: text.length }, estimated: true, uncertain: false })
    expect(whole!.cost!.output).toBe(text.length * 2000)
  },
)

test('a stream gives events, its text, and at its end the same reply', async () => {
  const world = createWorld()
  world.simulator.on().reply(stream(['Hel', 'lo']))
  const gateway = createPair(world)
  const texts = await gateway.chat({ model: 'solo', messages: 'Hi', stream: true })
  expect(await drain(texts.textStream)).toEqual(['Hel', 'lo'])
  expect((await texts.reply).text).toBe('Hello')

  const unread = await gateway.chat({ model: 'solo', messages: 'Hi', stream: true })
  expect((await unread.response).usage.outputTokens).toBeGreaterThan(0)
  expect(unread.trace.status).toBe('completed')
})

test('a second reader of a stream is an error', async () => {
  const world = createWorld()
  const reply = await createPair(world).chat({ model: 'solo', messages: 'Hi', stream: true })
  await drain(reply)
  await expect(drain(reply)).rejects.toMatchObject({ code: 'invalid_request' })
})

test('leaving a stream ends the work of the provider at once', async () => {
  const world = createWorld()
  world.simulator.on().reply(stream(['a', 'b', 'c'], { gap: '1s' }))
  const reply = await createPair(world).chat({ model: 'solo', messages: 'Hi', stream: true })
  for await (const event of reply) if (event.type === 'text-delta') break
  await world.clock.settle()
  expect(world.simulator.calls[0]?.outcome).toBe('aborted')
  expect(reply.trace).toMatchObject({ status: 'cancelled', estimated: true })
  expect(world.clock.pending).toBe(0)
})

test('stream: boolean gives one or the other', async () => {
  const gateway = createPair(createWorld())
  for (const flag of [true, false] as boolean[]) {
    const reply = await gateway.chat({ model: 'solo', messages: 'Hi', stream: flag })
    expect(Symbol.asyncIterator in reply).toBe(flag)
  }
})

test('tool calls come with their arguments as text, and go back as messages', async () => {
  const world = createWorld()
  world.simulator
    .on()
    .reply(toolCalls([{ name: 'weather', arguments: { city: 'Bern' } }]) as never)
    .then('Sunny.')
  const gateway = createPair(world)
  const tools = [
    { type: 'function', name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  ] as const
  const first = await gateway.chat({ model: 'spare', messages: 'Weather?', tools })
  expect(first.finishReason).toBe('tool-calls')
  expect(first.toolCalls).toMatchObject([{ name: 'weather', arguments: '{"city":"Bern"}' }])
  const second = await gateway.chat({
    model: 'anthropic/b',
    tools,
    messages: [
      { role: 'user', content: 'Weather?' },
      first.message,
      { role: 'tool', content: [{ type: 'tool-result', id: first.toolCalls[0]!.id, content: 'sunny' }] },
    ],
  })
  expect(second.text).toBe('Sunny.')
})

describe('schema', () => {
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (value: unknown) =>
        typeof (value as { n?: unknown }).n === 'number'
          ? { value: value as { n: number } }
          : { issues: [{ message: 'no number', path: ['n'] }] },
      jsonSchema: { input: () => ({ type: 'object', properties: { n: { type: 'number' } } }) },
    },
  }

  test('gives a typed object', async () => {
    const world = createWorld()
    world.simulator.on().reply(json({ n: 42 }))
    const reply = await createPair(world).chat({ model: 'solo', messages: 'A number', schema })
    expect(reply.object.n).toBe(42)
    expect(world.simulator.calls[0]?.body).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { strict: true, schema: { type: 'object' } } },
    })
  })

  test('names the place where an answer does not fit, not the answer', async () => {
    const world = createWorld()
    world.simulator.on().reply(json({ n: 'secret' }))
    const error = await failureOf(createPair(world).chat({ model: 'solo', messages: 'A number', schema }))
    expect(error).toMatchObject({ code: 'invalid_response', message: 'The answer does not fit the schema at: n.' })
  })
})

describe('on whose behalf', () => {
  const seen = (gateway: { chat(call: never): Promise<{ trace: { principal: unknown } }> }) =>
    gateway.chat({ model: 'solo', messages: 'Hi' } as never).then(({ trace }) => trace.principal)

  test('with() adds up', async () => {
    expect(await seen(createPair(createWorld()).with({ team: 'search' }).with({ user: 'u1' }) as never)).toEqual({
      team: 'search',
      user: 'u1',
    })
  })

  test('run() reaches every call in it, however deep', async () => {
    const gateway = createPair(createWorld())
    const inner = await gateway.run({ user: 'u1' }, async () => {
      await Promise.resolve()
      return Promise.all([
        seen(gateway as never),
        gateway.run({ team: 't' }, () => seen(gateway as never)),
        seen(gateway.with({ session: 's' }) as never),
      ])
    })
    expect(inner).toEqual([{ user: 'u1' }, { user: 'u1', team: 't' }, { user: 'u1', session: 's' }])
    expect(await seen(gateway as never)).toEqual({})
  })

  test('principal() speaks when nobody else does', async () => {
    const gateway = createPair(createWorld(), { principal: () => ({ team: 'default' }) })
    expect(await seen(gateway as never)).toEqual({ team: 'default' })
    expect(await seen(gateway.with({ user: 'u' }) as never)).toEqual({ user: 'u' })
  })

  test('a principal() that throws fails a call of every operation with a GatewayError', async () => {
    const gateway = createPair(createWorld(), {
      principal() {
        throw new Error('No request is under way.')
      },
    })
    const failures = [
      failureOf(gateway.chat({ model: 'solo', messages: 'Hello' })),
      failureOf(gateway.embed({ model: 'openai/e', input: 'Hello' })),
    ]
    expect((await Promise.all(failures)).map(({ code }) => code)).toEqual(['internal', 'internal'])
  })
})

describe('bad options', () => {
  const wrong = (options: object): GatewayError => {
    try {
      createGateway({ providers, ...options } as never)
    } catch (error) {
      if (isGatewayError(error, 'invalid_configuration')) return error
      throw error
    }
    throw new Error('nothing was wrong')
  }

  test.each([
    [{ retries: 3 }, 'Unknown option retries. Did you mean retry?'],
    [{ retry: { limits: 3 } }, 'Unknown option retry.limits. Did you mean limit?'],
    [{ providers: [] }, 'providers is an empty list: it must be a list of at least one provider.'],
    [{ maxAttempts: 'six' }, 'maxAttempts is "six": it must be a whole number from 1.'],
    [
      { timeouts: { idle: '1 minute' } },
      `timeouts.idle is "1 minute": it must be milliseconds, or a number with a unit such as '30s'.`,
    ],
    [
      { models: { fast: [] } },
      'models.fast is an empty list: it must be a list of at least one deployment, or the name of another group.',
    ],
    [{ models: ['openai/x'] }, 'models is a list: it must be an object of groups.'],
    [
      { models: { fast: [{ model: 'openai/x', wieght: 3 }] } },
      'Unknown option models.fast.0.wieght. Did you mean weight?',
    ],
    [
      { models: { fast: ['gpt-5'] } },
      '"gpt-5" is no provider/model of this gateway. Its providers are: openai, anthropic, google.',
    ],
    [
      { models: { fast: ['openai/x'] }, fallback: { general: { fast: ['lnog'] } } },
      'fallback.general names "lnog", which is no group and no provider/model of this gateway.',
    ],
    [
      { models: { fast: ['openai/x'] }, fallback: { general: { fast: ['openai'] } } },
      'fallback.general names "openai", which is no group and no provider/model of this gateway.',
    ],
    [
      { providers: [openai, openai] },
      `providers has two rows with the id "openai". Give one a name of its own: provider(row, { id: 'openai-2' }).`,
    ],
    [
      { providers: [provider(openai, { baseURL: 'api.openai.com/v1' })] },
      'providers.0.baseURL is "api.openai.com/v1": it must be an http(s) address without a slash at its end.',
    ],
    [
      { providers: [provider(openai, { baseUrl: 'https://proxy.example/v1' } as never)] },
      'Unknown option providers.0.baseUrl. Did you mean baseURL?',
    ],
    [
      { providers: [provider(openai, { apikey: 'sk-secret' } as never)] },
      'Unknown option providers.0.apikey. Did you mean apiKey?',
    ],
    [{ limits: [{}] }, 'limits is a list: it must be what limits(…) gives.'],
    [
      { models: { fast: [{ model: 'openai/x', weight: '3' }] } },
      'models.fast.0.weight is "3": it must be a number from 0.',
    ],
    [
      { models: { fast: [{ model: 'openai/x', weight: null }] } },
      'models.fast.0.weight is null: it must be a number from 0.',
    ],
    [
      { models: { fast: [{ model: 'openai/x', limits: { requestsPerMinute: '500' } }] } },
      'models.fast.0.limits.requestsPerMinute is a text: it must be a number above 0.',
    ],
    [
      { models: { fast: [{ model: 'openai/x', order: Number.NaN }] } },
      'models.fast.0.order is NaN: it must be a number.',
    ],
    [{ maxAttempts: Number.NaN }, 'maxAttempts is NaN: it must be a whole number from 1.'],
    [{ prefer: { maxPrice: { input: '3' } } }, 'prefer.maxPrice.input is a text: it must be a number from 0.'],
    [{ breaker: { errorRatio: '0.5' } }, 'breaker.errorRatio is "0.5": it must be a share from 0 to 1.'],
    [{ cache: 'redis://user:secret@host' }, 'cache is a text: it must be what cache(…) gives.'],
    [{ providers: { apiKey: 'sk-secret' } }, 'providers is an object: it must be a list of at least one provider.'],
    [{ providers: [undefined] }, 'providers.0 is missing: it must be an object of options.'],
  ])('%# is refused with the remedy', (options, message) => {
    expect(wrong(options).message).toContain(message)
  })

  test.each([undefined, 'openai'])('provider() of %j, which is no row, is refused with the remedy', (row) => {
    expect(() => provider(row as never, { apiKey: 'key' })).toThrow(
      'provider(…) takes a row, such as openai of zerohop/providers.',
    )
  })

  test('what JSON cannot write is named all the same', () => {
    expect(wrong({ maxAttempts: 3n }).message).toContain('maxAttempts is 3: it must be')
    expect(wrong({ maxAttempts: Symbol('three') }).message).toContain('maxAttempts is Symbol(three): it must be')
  })

  test.each([undefined, null, 'openai'])('no options at all, %s, are refused as well', (options) => {
    expect(() => createGateway(options as never)).toThrow(
      expect.objectContaining({
        code: 'invalid_configuration',
        message: expect.stringContaining('an object of options'),
      }),
    )
  })
})

describe('bad requests', () => {
  test.each([
    [{ messages: 'Hi' }, 'model is undefined: name a group or provider/model.'],
    [undefined, 'model is undefined: name a group or provider/model.'],
    [{ model: 'solo', messages: 'Hi', temperature: 'hot' }, 'temperature is string: it must be a number.'],
    [{ model: 'solo', messages: 'Hi', stream: 'yes' }, 'stream is string: it must be a boolean.'],
    [{ model: 'solo', messages: 'Hi', cache: { tll: 1 } }, 'Unknown field cache.tll. Did you mean ttl?'],
    [
      { model: 'solo', messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      'messages[0].content[0].type is no part of a message: it is one of text, image, audio, video, file, tool-call, tool-result, reasoning, refusal, extension.',
    ],
    [
      { model: 'solo', messages: 'Hi', tools: [{ type: 'function', function: { name: 'f' } }] },
      'tools[0].name is missing.',
    ],
    [{ model: 'solo', messages: 'Hi', temperature: Number.NaN }, 'temperature is NaN: it must be a number.'],
    [{ model: 'solo', messages: 'Hi', output: null }, 'output is null: it must be an object.'],
    [
      { model: 'solo', messages: 'Hi', output: { type: 'json_schema', schema: {} } },
      'output.type is string: it is one of text, json, json-schema.',
    ],
    [
      { model: 'solo', messages: 'Hi', output: { type: 'json-schema' } },
      'output.schema is undefined: it must be an object.',
    ],
    [{ model: 'solo', messages: 'Hi', tools: [null] }, 'tools[0].type is undefined: it is function or hosted.'],
    [
      { model: 'solo', messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages[0].content[0].text is undefined: it must be a string.',
    ],
    [
      { model: 'solo', messages: [{ role: 'user', content: [{ type: 'image', url: 'https://a.example' }] }] },
      'messages[0].content[0].source is undefined: it must be an object.',
    ],
    [
      { model: 'solo', messages: [{ role: 'assistant', content: [{ type: 'tool-call', id: 'a', name: 'f' }] }] },
      'messages[0].content[0].arguments is undefined: it must be a string.',
    ],
    [
      { model: 'solo', messages: [{ role: 'tool', content: [{ type: 'tool-result', id: 'a', content: null }] }] },
      'messages[0].content[0].content is null: it must be a string or a list.',
    ],
    [
      { model: 'solo', messages: 'Hi', signal: new AbortController() },
      'signal is no AbortSignal. Of an AbortController, give its signal.',
    ],
    ...['sk-1', null, { openai: '' }, { openai: [] }, { openai: null }].map((credentials): [object, string] => [
      { model: 'solo', messages: 'Hi', credentials },
      "credentials must be keys by the id of their provider: { openai: 'the key' }, or a list of keys.",
    ]),
    [
      { model: 'solo', messages: 'Hi', schema: { type: 'object' } },
      "schema is no Standard Schema, such as zod's. A plain JSON Schema goes into output: { type: 'json-schema', schema }, and reply.text is yours to parse.",
    ],
    [
      { model: 'solo', messages: 'Hi', schema: { '~standard': { version: 1, vendor: 'valibot' } } },
      'This valibot schema cannot say its JSON Schema (no "~standard".jsonSchema). Wrap it: toStandardJsonSchema of @valibot/to-json-schema. A plain JSON Schema goes into output: { type: \'json-schema\', schema }, and reply.text is yours to parse.',
    ],
    [
      { model: 'solo', messages: 'Hi', schema: z.object({ born: z.date() }) },
      'This zod schema has no JSON Schema: Date cannot be represented in JSON Schema.',
    ],
    [{ model: 'solo', messages: 'Hi', temprature: 1 }, 'Unknown field temprature. Did you mean temperature?'],
    [{ model: 'solo', messages: { role: 'user' } }, 'messages is object: give a string or a list of messages.'],
    [
      { model: 'solo', messages: [{ role: 'human', content: 'Hi' }] },
      'messages[0].role is string: it is one of system, developer, user, assistant, tool.',
    ],
    [
      { model: 'solo', messages: [{ role: 'user', content: 5 }] },
      'messages[0].content is number: give a string or a list of parts.',
    ],
    [
      { model: 'solo', messages: 'Hi', timeout: 'soon' },
      `timeout is "soon": write milliseconds, or a number with a unit such as '30s' or '10m'.`,
    ],
    ['Hi', 'A call takes an object, such as { model, messages }.'],
    [
      { model: 'solo', messages: 'Hi', team: 'search' },
      'Unknown field team. Who calls is said by gateway.with({ team }), or by gateway.run.',
    ],
    [
      { model: 'solo', messages: 'Hi', credentials: { openai: undefined } },
      "credentials must be keys by the id of their provider: { openai: 'the key' }, or a list of keys.",
    ],
  ])('%j is refused with the remedy', async (call, message) => {
    const world = createWorld()
    const error = await failureOf(createPair(world).chat(call as never))
    expect([error.code, error.message]).toEqual(['invalid_request', message])
    expect(world.simulator.calls).toHaveLength(0)
  })
})

test.each([
  ['fails', () => Promise.reject(new Error('no vault at sk-secret')), 'could not be had: its function failed.'],
  [
    'throws',
    (): string => {
      throw new Error('no vault at sk-secret')
    },
    'could not be had: its function failed.',
  ],
  ['gives nothing', () => undefined as never, 'is none: its function gave no text.'],
  ['gives an empty text, later', async () => '', 'is none: its function gave no text.'],
])('a key whose function %s is named, nothing is sent, and another deployment serves', async (_, apiKey, message) => {
  const world = createWorld()
  const gateway = createGateway({
    providers: [provider(openai, { apiKey }), provider(openai, { id: 'other', apiKey: 'k' })],
    models: { pair: ['openai/m', 'other/m'] },
    routing: ordered(),
    runtime: world.runtime,
  })
  const { trace } = await gateway.chat({ model: 'pair', messages: 'Hi' })
  expect(trace.deployment).toBe('other/m')
  expect(world.simulator.calls).toHaveLength(1)
  const error = await failureOf(gateway.chat({ model: 'openai/m', messages: 'Hi', maxAttempts: 1 }))
  expect(error.message).toBe(`The key openai#1 ${message}`)
  expect(inspect(error)).not.toContain('sk-secret')
})

test.each([
  ['a number that JSON has not', { metadata: { a: 1n } }],
  ['a schema that contains itself', { tools: [{ type: 'function', name: 'f', parameters: circular() }] }],
])('a request with %s is told to its caller, and counts against no provider', async (_, fields) => {
  const world = createWorld()
  const gateway = createPair(world)
  const error = await failureOf(gateway.chat({ model: 'solo', messages: 'Hi', ...fields } as never))
  expect(error.code).toBe('invalid_request')
  expect(error.attempts.length).toBeLessThan(2)
  expect(world.simulator.calls).toHaveLength(0)
})

function circular(): object {
  const schema: Record<string, unknown> = { type: 'object' }
  schema['items'] = schema
  return schema
}

test('law: no secrets out. A key stands in no error, trace, log or inspection', async () => {
  const secret = 'sk-live-0123456789abcdef'
  const world = createWorld()
  const printed: string[] = []
  world.simulator
    .on({ model: 'x' })
    .reply(unauthorized({ message: `Incorrect API key provided: ${secret}.` }))
    .then(invalidRequest(`Bearer ${secret} is odd`))
  const gateway = createGateway({
    providers: [provider(openai, { apiKey: secret })],
    runtime: {
      ...world.runtime,
      env: (name) => (name === 'ZEROHOP_DEBUG' ? '1' : undefined),
      print: (line) => printed.push(line),
    },
    telemetry: [(trace) => void printed.push(JSON.stringify(trace))],
  })
  const errors = [
    await failureOf(gateway.chat({ model: 'openai/x', messages: 'the prompt' })),
    await failureOf(gateway.chat({ model: 'openai/x', messages: 'the prompt' })),
  ]
  const reply = await gateway.chat({ model: 'openai/fine', messages: 'the prompt' })
  await gateway.flush()
  const everything = [
    inspect(errors, { depth: 20 }),
    JSON.stringify(errors),
    inspect(gateway, { depth: 20 }),
    inspect(reply.trace, { depth: 20 }),
    ...printed,
    ...errors.map(({ stack }) => stack),
  ].join('\n')
  expect(printed.length).toBeGreaterThan(3)
  expect(everything).not.toContain(secret)
  expect(everything).not.toContain('0123456789abcdef')
  expect(everything).not.toContain('the prompt')
})

test('a gateway that is made and not used has started nothing', () => {
  const touched: string[] = []
  const trap = (name: string) => () => {
    touched.push(name)
    throw new Error(name)
  }
  createGateway({
    providers,
    models: { fast: ['openai/gpt-5-mini'] },
    runtime: {
      fetch: trap('fetch'),
      now: trap('now'),
      random: trap('random'),
      timer: trap('timer'),
      env: trap('env'),
      digest: trap('digest'),
    } as never,
  })
  expect(touched).toEqual([])
})

test('the trace of a call that failed can be had by its error', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(invalidRequest('no'))
  const gateway = createPair(world)
  const error = await failureOf(gateway.with({ team: 'search' }).chat({ model: 'solo', messages: 'Hi' }))
  expect(gateway.traceOf(error)).toMatchObject({
    status: 'failed',
    principal: { team: 'search' },
    attempts: [{ deployment: 'openai/a', httpStatus: 400 }],
    error: { code: 'invalid_request' },
  })
})

test('ZEROHOP_DEBUG=1 prints one readable timeline for each call', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError(503))
  const printed: string[] = []
  const gateway = createPair(world, {
    runtime: { env: (name) => (name === 'ZEROHOP_DEBUG' ? '1' : 'key'), print: (line) => printed.push(line) },
  })
  await world.clock.run(gateway.chat({ model: 'pair', messages: 'Hi' }))
  expect(printed).toHaveLength(1)
  expect(printed[0]!.split('\n')).toEqual([
    expect.stringMatching(/^zerohop chat "pair" completed · 0 ms · 2 in · 3 out · cost unknown · zh_/),
    '  +0 ms 1. openai/a openai#1 failed provider_overloaded (HTTP 503) 0 ms',
    '  +0 ms 2. anthropic/b anthropic#1 completed 0 ms',
  ])
})

test.each([
  ['whole', false],
  ['streamed', true],
])('a runtime whose waitUntil and print throw loses no %s answer', async (_, stream) => {
  const world = createWorld({ unmatched: answer('Hello') })
  const lines: string[] = []
  const closed: string[] = []
  const gateway = createPair(world, {
    cache: cache(),
    telemetry: [({ status }) => void closed.push(status)],
    runtime: {
      env: (name) => (name === 'ZEROHOP_DEBUG' ? '1' : 'key'),
      isolated: true,
      waitUntil() {
        throw new TypeError('Illegal invocation')
      },
      print(line) {
        lines.push(line)
        throw new Error('EPIPE')
      },
    },
  })
  const reply = await gateway.chat({ model: 'solo', messages: 'Hello', stream })
  expect(('reply' in reply ? await reply.reply : reply).text).toBe('Hello')
  await gateway.flush()
  expect(closed).toEqual(['completed'])
  expect(lines).toContain('zerohop: runtime.waitUntil failed: Illegal invocation')
})

test.each([
  [0, '$0'],
  [1e-9, '$0.000000001'],
  [2e-8, '$0.000000020'],
  [2.5e-6, '$0.00000250'],
  [0.0123456, '$0.0123'],
])('a cost of %d dollars stands in a timeline as people write money', async (dollars, written) => {
  const { trace } = await createPair(createWorld()).chat({ model: 'solo', messages: 'Hi' })
  expect(timeline({ ...trace, cost: dollars })).toContain(` · ${written} · `)
})

test("an error of another copy of the package is a GatewayError too, and none of somebody's own kind", () => {
  const copy = Object.assign(new Error('x'), { '~zerohop': 'error', code: 'internal' })
  class Mine extends GatewayError {}
  expect(copy).toBeInstanceOf(GatewayError)
  expect(copy).not.toBeInstanceOf(Mine)
  expect(new Mine('internal', 'x')).toBeInstanceOf(GatewayError)
  expect(new Mine('internal', 'x')).toBeInstanceOf(Mine)
  expect(new Error('x')).not.toBeInstanceOf(GatewayError)
  expect(Object(undefined) instanceof GatewayError).toBe(false)
})
