import { expect, test } from 'vitest'
import {
  type ChatFormat,
  contentFiltered,
  contextWindowExceeded,
  createClock,
  createSimulator,
  cutOff,
  dropped,
  emptyAnswer,
  emptyStream,
  errorInStream,
  type FailureReason,
  htmlPage,
  lost,
  malformedJson,
  modelNotFound,
  overloaded,
  permissionDenied,
  prefillRefused,
  quotaExhausted,
  rateLimited,
  redirect,
  type Step,
  serverError,
  slow,
  stream,
  unauthorized,
} from '../../src/testing/index.ts'
import { ask, events, formats, payloads, reads, whole } from './ask.ts'

function scripted(step: Step) {
  const simulator = createSimulator({ prices: { '*': { input: 1, output: 1 } } })
  simulator.on().reply(step)
  return simulator
}

/** Status, and the word or words that tell the failure, as each provider says it. */
const failures: Record<Exclude<FailureReason, 'invalid-request'>, Record<ChatFormat, [number, string]>> = {
  'rate-limited': {
    'openai-chat': [429, 'rate_limit_exceeded'],
    'anthropic-messages': [429, 'rate_limit_error'],
    gemini: [429, 'RESOURCE_EXHAUSTED'],
    'openai-responses': [429, 'rate_limit_exceeded'],
    'bedrock-converse': [429, 'Too many requests, please wait'],
    'cohere-chat': [429, 'limited to 20 API calls'],
    ollama: [429, 'too many concurrent requests'],
  },
  overloaded: {
    'openai-chat': [503, 'server_error'],
    'anthropic-messages': [529, 'overloaded_error'],
    gemini: [503, 'UNAVAILABLE'],
    'openai-responses': [503, 'server_error'],
    'bedrock-converse': [503, 'temporarily overloaded'],
    'cohere-chat': [503, 'service is overloaded'],
    ollama: [503, 'server busy'],
  },
  'server-error': {
    'openai-chat': [500, 'server_error'],
    'anthropic-messages': [500, 'api_error'],
    gemini: [500, 'INTERNAL'],
    'openai-responses': [500, 'server_error'],
    'bedrock-converse': [500, 'unexpected error'],
    'cohere-chat': [500, 'internal server error'],
    ollama: [500, 'has terminated'],
  },
  unauthorized: {
    'openai-chat': [401, 'invalid_api_key'],
    'anthropic-messages': [401, 'authentication_error'],
    gemini: [400, 'API_KEY_INVALID'],
    'openai-responses': [401, 'invalid_api_key'],
    'bedrock-converse': [403, 'security token included in the request is invalid'],
    'cohere-chat': [401, 'Incorrect API key'],
    ollama: [401, 'unauthorized'],
  },
  'permission-denied': {
    'openai-chat': [403, 'unsupported_country_region_territory'],
    'anthropic-messages': [403, 'permission_error'],
    gemini: [403, 'PERMISSION_DENIED'],
    'openai-responses': [403, 'unsupported_country_region_territory'],
    'bedrock-converse': [403, 'is not authorized to perform'],
    'cohere-chat': [403, 'does not have permission'],
    ollama: [403, 'requires a subscription'],
  },
  'quota-exhausted': {
    'openai-chat': [429, 'insufficient_quota'],
    'anthropic-messages': [400, 'credit balance is too low'],
    gemini: [429, 'credits are depleted'],
    'openai-responses': [429, 'insufficient_quota'],
    'bedrock-converse': [400, 'exceeds the service quota'],
    'cohere-chat': [402, 'payment method'],
    ollama: [402, 'usage limit'],
  },
  'context-window-exceeded': {
    'openai-chat': [400, 'context_length_exceeded'],
    'anthropic-messages': [400, 'prompt is too long'],
    gemini: [400, 'exceeds the maximum number of tokens allowed'],
    'openai-responses': [400, 'context_length_exceeded'],
    'bedrock-converse': [400, 'Input is too long'],
    'cohere-chat': [400, 'too many tokens'],
    ollama: [400, 'exceeds the context length'],
  },
  'content-filtered': {
    'openai-chat': [400, 'content_policy_violation'],
    'anthropic-messages': [400, 'content filtering policy'],
    gemini: [200, 'PROHIBITED_CONTENT'],
    'openai-responses': [400, 'content_policy_violation'],
    'bedrock-converse': [400, 'blocked by content filtering'],
    'cohere-chat': [498, 'blocked input'],
    ollama: [400, 'blocked by content policy'],
  },
  'model-not-found': {
    'openai-chat': [404, 'model_not_found'],
    'anthropic-messages': [404, 'not_found_error'],
    gemini: [404, 'models/gemini-2.5-flash is not found'],
    'openai-responses': [400, 'model_not_found'],
    'bedrock-converse': [400, 'model identifier is invalid'],
    'cohere-chat': [404, 'not found'],
    ollama: [404, 'not found'],
  },
}

const steps = [
  rateLimited(),
  overloaded(),
  serverError(),
  unauthorized(),
  permissionDenied(),
  quotaExhausted(),
  contextWindowExceeded(),
  contentFiltered(),
  modelNotFound(),
]

test.each(steps.flatMap((step) => formats.map((format) => [step.reason, format, step] as const)))(
  '%s is said as %s says it, and costs nothing',
  async (reason, format, step) => {
    const [status, words] = failures[reason as keyof typeof failures][format]
    const simulator = scripted(step)
    for (const streamed of [false, true]) {
      const response = await ask(simulator, format, { stream: streamed })
      expect(response.status).toBe(status)
      expect(await response.text()).toContain(words)
    }
    expect(simulator.calls.map(({ outcome }) => outcome)).toEqual(['failed', 'failed'])
    expect([simulator.bill.total, simulator.running]).toEqual([0, 0])
  },
)

test('a rate limit says how long to wait in each form that is asked of it', async () => {
  const header = async (name: string, ...[hint]: Parameters<typeof rateLimited>) =>
    (await ask(scripted(rateLimited(hint)))).headers.get(name)
  expect(await header('retry-after', { retryAfter: 2 })).toBe('2')
  expect(await header('retry-after', { retryAfter: '1.5' })).toBe('1.5')
  expect(await header('retry-after', { retryAfter: new Date(0) })).toBe('Thu, 01 Jan 1970 00:00:00 GMT')
  expect(await header('retry-after-ms', { retryAfterMs: 1500 })).toBe('1500')
  expect(await header('x-ratelimit-reset-requests', { reset: '7m12s' })).toBe('7m12s')
  expect(await header('retry-after')).toBeNull()
  const anthropic = await ask(scripted(rateLimited({ reset: '2026-01-01T00:00:30Z' })), 'anthropic-messages')
  expect(anthropic.headers.get('anthropic-ratelimit-requests-reset')).toBe('2026-01-01T00:00:30Z')
  const { error } = await whole(ask(scripted(rateLimited({ retryInfo: '1.5s' })), 'gemini'))
  expect(error.details).toContainEqual({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' })
})

test.each(formats)('%s: a rate limit says in headers how long to wait', async (format) => {
  const hint = { retryAfter: '1.5', retryAfterMs: 1500 }
  const { status, headers } = await ask(scripted(rateLimited(hint)), format)
  expect([status, headers.get('retry-after'), headers.get('retry-after-ms')]).toEqual([429, '1.5', '1500'])
})

test('a failure takes its own status, words and headers', async () => {
  const failing = quotaExhausted({ status: 402, message: 'Insufficient Balance', headers: { 'x-mine': '1' } })
  const response = await ask(scripted(failing), 'openai-chat', { host: 'api.deepseek.com' })
  expect([response.status, response.headers.get('x-mine')]).toEqual([402, '1'])
  expect((await response.json()).error.message).toBe('Insufficient Balance')
})

test('a model that takes no prefill says so', async () => {
  const { error } = await whole(ask(scripted(prefillRefused()), 'anthropic-messages'))
  expect(error).toMatchObject({ type: 'invalid_request_error', message: expect.stringContaining('prefill') })
})

test('OpenRouter and xAI word their errors in their own way', async () => {
  const simulator = scripted(rateLimited({ message: 'Slow down.' }))
  expect(await whole(ask(simulator, 'openai-chat', { host: 'openrouter.ai' }))).toMatchObject({
    error: { message: 'Slow down.', code: 429 },
  })
  expect(await whole(ask(simulator, 'openai-chat', { host: 'api.x.ai' }))).toMatchObject({ error: 'Slow down.' })
})

test('a dropped connection rejects as fetch does, and nothing is billed', async () => {
  const simulator = scripted(dropped())
  await expect(ask(simulator)).rejects.toMatchObject({
    name: 'TypeError',
    message: 'fetch failed',
    cause: { code: 'ECONNRESET' },
  })
  expect([simulator.bill.total, simulator.running, simulator.calls[0]?.outcome]).toEqual([0, 0, 'failed'])
})

test('a lost answer rejects too, and all of it is billed', async () => {
  const simulator = scripted(lost('one two three'))
  await expect(ask(simulator)).rejects.toThrow('fetch failed')
  expect(simulator.calls[0]).toMatchObject({
    outcome: 'failed',
    usage: { inputTokens: 6, outputTokens: 3 },
    billed: 9000,
  })
})

test.each(formats)('%s: a stream dies after so many chunks of content', async (format) => {
  for (const dieAfter of [0, 1, 2, 9]) {
    const simulator = scripted(stream(['aaa', 'bbb'], { dieAfter }))
    const { texts, error } = await reads(ask(simulator, format, { stream: true }))
    expect(error).toMatchObject({ name: 'TypeError', message: 'terminated', cause: { code: 'UND_ERR_SOCKET' } })
    expect(texts.join('').match(/aaa|bbb/g) ?? []).toHaveLength(Math.min(dieAfter, 2))
    expect(texts.join('')).not.toMatch(/"stop"|STOP|end_turn|DONE/)
    expect([simulator.running, simulator.calls[0]?.outcome]).toEqual([0, 'failed'])
    expect(simulator.calls[0]?.usage.outputTokens).toBe(Math.min(dieAfter, 2))
  }
})

test.each(formats)('%s: a whole body dies midway', async (format) => {
  const { texts, error } = await reads(ask(scripted(stream(['a'], { dieAfter: 0 })), format))
  expect(error).toMatchObject({ message: 'terminated' })
  expect(() => JSON.parse(texts.join(''))).toThrow()
})

test.each(formats)('%s: an error stands inside of a stream, before content and midway', async (format) => {
  const before = scripted(errorInStream(overloaded()))
  const early = await events(ask(before, format, { stream: true }))
  expect(JSON.stringify(early.at(-1))).toMatch(/(error|xception).*verloaded/)
  expect([before.bill.total, before.calls[0]?.outcome, before.calls[0]?.status]).toEqual([0, 'failed', 200])

  const midway = scripted(errorInStream(rateLimited({ retryInfo: '3s' }), { after: 1, input: stream(['aaa', 'bbb']) }))
  const late = await events(ask(midway, format, { stream: true }))
  expect(JSON.stringify(late)).toMatch(/aaa.*(error|xception)/)
  expect(JSON.stringify(late)).not.toContain('bbb')
  expect(midway.calls[0]?.usage).toMatchObject({ inputTokens: 6, outputTokens: 1 })

  const response = await ask(midway, format)
  expect(response.status).toBe(200)
  expect(Object.keys(await response.json())).toEqual(expect.arrayContaining([expect.stringMatching(/error|message/)]))
})

test('an empty stream is a 200 and nothing more', async () => {
  for (const streamed of [false, true]) {
    const response = await ask(scripted(emptyStream()), 'openai-chat', { stream: streamed })
    expect([response.status, await response.text()]).toEqual([200, ''])
  }
})

test.each(formats)('%s: an empty answer ends properly and says nothing', async (format) => {
  const simulator = scripted(emptyAnswer())
  const { texts, error } = await reads(ask(simulator, format, { stream: true }))
  expect([texts.join('').match(/stop|STOP|end_turn|completed|COMPLETE/) !== null, error]).toEqual([true, undefined])
  expect(simulator.calls[0]?.usage.outputTokens).toBe(0)
})

test.each(formats)('%s: malformed JSON does not parse, whole or as one event', async (format) => {
  await expect(whole(ask(scripted(malformedJson()), format))).rejects.toThrow(SyntaxError)
  const step = malformedJson({ after: 1, input: stream(['a', 'b']) })
  const found = await payloads(ask(scripted(step), format, { stream: true }))
  const parses = found.map(({ text }) => {
    try {
      return text === '[DONE]' || Boolean(JSON.parse(text))
    } catch {
      return false
    }
  })
  expect(parses.filter((parsed) => !parsed)).toHaveLength(1)
})

test('a body is cut off as if it were complete', async () => {
  const { texts, error } = await reads(ask(scripted(cutOff(100))))
  expect([texts.join('').length, error]).toEqual([100, undefined])
  expect((await reads(ask(scripted(cutOff(0)), 'gemini', { stream: true }))).texts).toEqual([])
})

test('what stands in front of a provider sends HTML, and sends away', async () => {
  const page = await ask(scripted(htmlPage(502)))
  expect([page.status, page.headers.get('content-type')]).toEqual([502, 'text/html; charset=UTF-8'])
  expect(await page.text()).toContain('<title>Bad gateway</title>')
  const away = scripted(redirect())
  const response = await ask(away, 'openai-chat', { init: { redirect: 'manual' } })
  expect([response.status, response.headers.get('location')]).toEqual([302, 'https://login.example.com/'])
  await expect(ask(away)).rejects.toMatchObject({
    message: 'fetch failed',
    cause: { message: 'redirect count exceeded' },
  })
  expect(away.bill.total).toBe(0)
})

test('slow tokens come one by one', async () => {
  const clock = createClock({ start: 0 })
  const simulator = createSimulator({ clock })
  simulator.on().reply(slow(stream(['a', 'b', 'c']), '2s'))
  await clock.run(reads(ask(simulator, 'openai-chat', { stream: true })))
  expect(clock.now()).toBe(6000)
})

test('a fault keeps the application waiting when it is told to', async () => {
  const clock = createClock({ start: 0 })
  const simulator = createSimulator({ clock })
  simulator
    .on()
    .reply(overloaded({ after: '2s' }))
    .then(dropped({ after: '3s' }))
  await clock.run(ask(simulator))
  await expect(clock.run(ask(simulator))).rejects.toThrow('fetch failed')
  expect(clock.now()).toBe(5000)
})

test('options of an answer do not fit a fault', () => {
  expect(() => createSimulator().on().reply(overloaded(), { gap: '1s' })).toThrow('give those of a fault to the fault')
})
