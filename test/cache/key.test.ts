import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonical, keyOf } from '../../src/cache/key.ts'
import type { CallOptions } from '../../src/call.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { type ChatRequest, chat } from '../../src/operations/chat/index.ts'
import type { Operation } from '../../src/operations/operation.ts'
import { type CallParts, callOf, handClock } from './harness.ts'

const clock = handClock({ digest: (text) => text })

/** A request that says everything that can be said; a new field of requests does not compile until it stands here. */
const rich: Required<ChatRequest> = {
  model: 'fast',
  stream: true,
  headers: { 'x-feature': 'on' },
  heldBy: { dialect: 'openai-responses', id: 'resp_1' },
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.', cache: { ttl: '1h' } }], name: 'boss' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look.' },
        { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' }, detail: 'low', name: 'a' },
        { type: 'audio', source: { type: 'base64', data: 'AAAA', mediaType: 'audio/wav' }, transcript: 'hm' },
      ],
      extensions: { 'openai-chat': { weight: 1 } },
    },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'So.', signature: { origin: 'gemini', value: 'sig', encrypted: true } },
        { type: 'text', text: 'See:', citations: [{ url: 'https://x.test', title: 't', start: 0, end: 3 }] },
        { type: 'tool-call', id: 'c1', name: 'look', arguments: '{"at":1}' },
      ],
    },
    { role: 'tool', content: [{ type: 'tool-result', id: 'c1', name: 'look', content: 'nothing', isError: true }] },
  ],
  tools: [
    {
      type: 'function',
      name: 'look',
      description: 'Looks.',
      strict: true,
      parameters: { type: 'object', properties: { at: { type: 'number' }, stream_options: { type: 'string' } } },
      cache: { ttl: '5m' },
      extensions: { 'anthropic-messages': { eager: true } },
    },
    { type: 'hosted', dialect: 'gemini', value: { googleSearch: { depth: 2 } } },
  ],
  toolChoice: { tool: 'look' },
  parallelToolCalls: false,
  output: { type: 'json-schema', schema: { type: 'object' }, name: 'o', description: 'd', strict: true },
  reasoning: { effort: 'low', budgetTokens: 100, visible: true },
  maxOutputTokens: 50,
  temperature: 0.5,
  topP: 0.9,
  topK: 40,
  stop: ['END', 'STOP'],
  seed: 1,
  frequencyPenalty: 0.1,
  presencePenalty: 0.2,
  logitBias: { 17: 5 },
  logprobs: true,
  topLogprobs: 2,
  n: 2,
  serviceTier: 'flex',
  user: 'u',
  metadata: { a: 'b' },
  store: false,
  modalities: ['text', 'audio'],
  extensions: {
    gemini: { labels: {}, kind: 'x' },
    'openai-chat': { verbosity: 'low', top: 1, stream_options: { include_usage: true } },
  },
}

function key({ request = rich, ...parts }: CallParts = {}, scope: object = {}, namespace = ''): string {
  return keyOf({ ...callOf(clock, parts), request: request as ChatRequest }, { ...scope }, namespace) as string
}

test('the key covers every field that can change the answer, however deep, by value and by presence', () => {
  const mutants = new Map([[key(), 'nothing']])
  let changes = 0
  for (const path of pathsOf(rich)) {
    if (path[0] === 'stream' || path.at(-1) === 'include_usage') continue
    if (path.length === 3 && path[0] === 'extensions' && path[2] === 'stream_options') continue
    for (const change of [mutated, removed]) {
      const changed = change(rich, path)
      if (changed === undefined) continue
      const changedKey = key({ request: changed as ChatRequest })
      expect([mutants.get(changedKey), path]).toEqual([undefined, path])
      mutants.set(changedKey, path.join('.'))
      changes++
    }
  }
  expect(changes).toBeGreaterThan(150)
})

test('neither the order of properties nor properties that are undefined change the key', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
      const shuffled = shuffle(rich, () => numbers.next().value) as ChatRequest
      expect(key({ request: { ...shuffled, ...{ unheardOf: undefined } } })).toBe(key())
    }),
  )
})

test('two values have one canonical text exactly if their JSON says the same', () => {
  const json = fc.jsonValue({ stringUnit: 'binary' })
  fc.assert(
    fc.property(json, json, (one, other) => {
      expect(canonical(one) === canonical(other)).toBe(sortedJSON(one) === sortedJSON(other))
    }),
  )
  fc.assert(
    fc.property(json, (value) => {
      expect(canonical(JSON.parse(JSON.stringify(value)))).toBe(canonical(value))
    }),
  )
})

test('texts that only differ in half a character have different digests', () => {
  const digest = new Set(
    ['\ud800', '\ud801', '\udc00', '\ufffd'].map((text) => new TextEncoder().encode(canonical(text)).join()),
  )
  expect(digest.size).toBe(4)
})

test('what is text to one and structure to another does not meet', () => {
  const texts = [
    '["a"]',
    ['a'],
    { 0: 'a' },
    'a',
    '1',
    1,
    true,
    't',
    null,
    'null',
    [],
    {},
    [null],
    [[]],
    ['a', 'b'],
    ['ab'],
  ]
  expect(new Set(texts.map(canonical)).size).toBe(texts.length)
})

test('a stream and a whole reply share their key', () => {
  expect(key({ request: { ...rich, stream: false } })).toBe(key())
})

test('an SDK that asks for usage in its stream shares with a call of our own', () => {
  const decoded = openaiChat.downstream?.decode(
    {
      model: 'fast',
      messages: [{ role: 'user', content: 'Hello' }],
      temperature: 0.5,
      max_completion_tokens: 9,
      stop: 'END',
      stream: true,
      stream_options: { include_usage: true },
    },
    {},
  )
  const own = {
    model: 'fast',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
    stop: ['END'],
    maxOutputTokens: 9,
    temperature: 0.5,
  } satisfies Partial<ChatRequest>
  const keyFor = (request: object): unknown => keyOf({ ...callOf(clock), request: request as ChatRequest }, {}, '')
  expect(decoded).toHaveProperty('extensions')
  expect(keyFor(decoded!)).toBe(keyFor(own))
})

test('scope, namespace, operation and model group each part the keys', () => {
  const other = { ...chat, id: 'other' } as unknown as Operation
  const keys = [
    key(),
    key({}, { team: 'a' }),
    key({}, { user: 'a' }),
    key({}, { team: 'b' }),
    key({}, {}, 'v2'),
    key({ operation: other }),
    key({ request: { ...rich, model: 'slow' } }),
  ]
  expect(new Set(keys).size).toBe(keys.length)
})

test('options that only say how to wait do not change the key; any other does', () => {
  const plumbing = { signal: new AbortController().signal, timeout: '3s', maxAttempts: 2 } as const
  expect(key({ options: plumbing, cache: { ttl: '1m' } })).toBe(key())
  expect(key({ options: { preferences: { region: 'eu' } } as CallOptions })).not.toBe(key())
})

test('a key of the caller stands for the request, within scope, operation and model group', () => {
  const own = { cache: { key: 'greeting' } }
  const one = key({ ...own })
  expect(key({ ...own, request: { ...rich, temperature: 0 } })).toBe(one)
  expect(key({ ...own }, { team: 'a' })).not.toBe(one)
  expect(key({ ...own, request: { ...rich, model: 'slow' } })).not.toBe(one)
  expect(key({ cache: { key: 'farewell' } })).not.toBe(one)
})

test('the key does not show what it was made of', () => {
  const { runtime } = handClock()
  expect(keyOf({ ...callOf(clock), runtime }, { team: 'a' }, '')).toMatch(/^[0-9a-f]{64}$/)
})

type Path = readonly (string | number)[]

function pathsOf(value: unknown, path: Path = []): Path[] {
  const own = path.length > 0 ? [path] : []
  if (typeof value !== 'object' || value === null) return own
  const inner = Object.entries(value).flatMap(([name, field]) =>
    pathsOf(field, [...path, Array.isArray(value) ? Number(name) : name]),
  )
  return [...own, ...inner]
}

/** The value with another leaf at the path; undefined where there is no leaf. */
function mutated(value: unknown, [name, ...rest]: Path): unknown {
  if (name === undefined) {
    if (typeof value === 'string') return `${value}x`
    if (typeof value === 'number') return value + 1
    return typeof value === 'boolean' ? !value : undefined
  }
  const field = mutated((value as Record<string | number, unknown>)[name], rest)
  return field === undefined ? undefined : replaced(value, name, field)
}

/** The value without what is at the path. */
function removed(value: unknown, [name, ...rest]: Path): unknown {
  if (rest.length > 0) return replaced(value, name!, removed((value as Record<string, unknown>)[name!], rest))
  if (Array.isArray(value)) return value.filter((_, index) => index !== name)
  return Object.fromEntries(Object.entries(value as object).filter(([other]) => other !== name))
}

function replaced(value: unknown, name: string | number, field: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => (index === name ? field : item))
  return { ...(value as object), [name]: field }
}

function shuffle(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffle(item, random))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([name, field]) => [random(), name, shuffle(field, random)] as const)
  return Object.fromEntries(fields.sort(([a], [b]) => a - b).map(([, name, field]) => [name, field]))
}

function sortedJSON(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  )
}
