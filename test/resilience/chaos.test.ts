import { expect, test } from 'vitest'
import { concurrency, createGateway, type ErrorCode, isGatewayError, provider, type Trace } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { google } from '../../src/providers/google.ts'
import { openai } from '../../src/providers/openai.ts'
import {
  answer,
  dropped,
  emptyStream,
  errorInStream,
  htmlPage,
  malformedJson,
  overloaded,
  rateLimited,
  seededRandom,
  serverError,
  stalled,
  stream,
  unauthorized,
} from '../../src/testing/index.ts'
import { createWorld, failureOf } from '../world.ts'

// Hours of three calls a second over a fleet that fails all the time, and an oracle that knows the future.
// CHAOS_HOURS=24 makes it a day, CHAOS_SEED another one.

const hours = Number(process.env['CHAOS_HOURS'] ?? 1)
const seed = Number(process.env['CHAOS_SEED'] ?? 7)
const callsPerSecond = 3
const second = 1000
const minute = 60 * second

const maxAttempts = 6
const deadline = 60 * second
const groups: Readonly<Record<string, readonly string[]>> = {
  fast: ['a', 'b', 'c', 'd'],
  smart: ['e', 'f'],
  pair: ['c', 'd'],
}
const substitutes: Readonly<Record<string, readonly string[]>> = { smart: ['fast'] }
const providerOf: Readonly<Record<string, string>> = {
  a: 'openai',
  b: 'anthropic',
  c: 'google',
  d: 'eu',
  e: 'openai',
  f: 'anthropic',
}
const keysOf: Readonly<Record<string, readonly string[]>> = { openai: ['o1', 'o2', 'o3'], eu: ['e1', 'e2'] }

type Trouble =
  | 'down'
  | 'unreachable'
  | 'overloaded'
  | 'limited'
  | 'limited-without-word'
  | 'stalled'
  | 'error-inside'
  | 'empty'
  | 'html'
  | 'malformed'
  | 'flaky'
  | 'cutting'
  | 'dripping'

const troubles: readonly Trouble[] = [
  'down',
  'unreachable',
  'overloaded',
  'limited',
  'limited-without-word',
  'stalled',
  'error-inside',
  'empty',
  'html',
  'malformed',
  'flaky',
  'cutting',
  'dripping',
]

/** Those that answer with a 429, if only sometimes. */
const ofLimits: readonly Trouble[] = ['limited', 'limited-without-word', 'error-inside']

interface Spell<Kind> {
  readonly from: number
  readonly to: number
  readonly kind: Kind
}

/** How long a spell is felt after it has ended: a Retry-After has whole seconds, and a refused key rests for 5 minutes. */
const felt = { limited: second, refused: 5 * minute }

test(`${hours} hours of chaos: 99.99 % of the calls that could be served are`, async () => {
  const world = createWorld({ seed, keep: 1, providers: { 'eu.example.com': 'openai' } })
  const begin = world.clock.now()
  const end = begin + hours * 60 * minute
  const chance = seededRandom(seed)
  const lasting = (mean: number): number => -Math.log(1 - chance()) * mean
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!

  function spells<Kind>(apart: number, long: number, kind: () => Kind): readonly Spell<Kind>[] {
    const all: Spell<Kind>[] = []
    for (let at = begin + lasting(apart); at < end + 10 * minute; ) {
      const to = at + lasting(long)
      all.push({ from: at, to, kind: kind() })
      at = to + lasting(apart)
    }
    return all
  }
  const models = Object.keys(providerOf)
  const ofModel = new Map(models.map((model) => [model, spells(5 * minute, 2 * minute, () => oneOf(troubles))]))
  const ofProvider = new Map(
    [...new Set(Object.values(providerOf))].map((id) => [id, spells(40 * minute, 3 * minute, () => oneOf(troubles))]),
  )
  // The last key of each provider is never revoked: of what use is a provider without one?
  const ofKey = new Map(
    Object.values(keysOf).flatMap((keys) =>
      keys.slice(0, -1).map((key) => [key, spells(60 * minute, 5 * minute, () => 'revoked' as const)] as const),
    ),
  )
  const at = <Kind>(list: readonly Spell<Kind>[] | undefined, now: number): Spell<Kind> | undefined =>
    list?.find(({ from, to }) => from <= now && now < to)
  const troubleOf = (model: string, now: number): Spell<Trouble> | undefined =>
    at(ofProvider.get(providerOf[model]!), now) ?? at(ofModel.get(model), now)

  /** Whether something troubles between two moments, or was felt there. */
  const touched = <Kind>(
    list: readonly Spell<Kind>[] | undefined,
    from: number,
    to: number,
    after: (kind: Kind) => number,
  ): boolean => list?.some((spell) => spell.from < to && spell.to + after(spell.kind) > from) ?? false
  const afterTrouble = (kind: Trouble): number => (kind === 'limited' ? felt.limited : 0)
  const ill = (model: string, from: number, to: number): boolean =>
    touched(ofProvider.get(providerOf[model]!), from, to, afterTrouble) ||
    touched(ofModel.get(model), from, to, afterTrouble)
  const refusedKeys = (model: string, from: number, to: number): number =>
    (keysOf[providerOf[model]!] ?? []).filter((key) => touched(ofKey.get(key), from, to, () => felt.refused)).length

  /** How often a deployment may fail for one call: once for itself, or with each key where keys are limited or refused. */
  function failuresOf(model: string, from: number, to: number): number {
    const keys = keysOf[providerOf[model]!]?.length ?? 1
    const limits = [...ofProvider.get(providerOf[model]!)!, ...ofModel.get(model)!].some(
      (spell) => ofLimits.includes(spell.kind) && touched([spell], from, to, afterTrouble),
    )
    if (limits) return keys
    return (ill(model, from, to) ? 1 : 0) + refusedKeys(model, from, to)
  }

  /** Whether the call could be served: somebody is well until its deadline, and those before leave an attempt. */
  function couldBeServed(group: string, now: number): boolean {
    let failing = 0
    for (const name of [group, ...(substitutes[group] ?? [])]) {
      const members = groups[name]!
      const well = members.some((model) => !ill(model, now, now + deadline))
      for (const model of members) failing += failuresOf(model, now, now + deadline)
      if (well) return failing < maxAttempts
      // A group that is all ill is asked again once.
      failing += 1
    }
    return false
  }

  let sent = 0
  world.simulator.on().reply(({ model, key, stream: streams }) => {
    sent += 1
    const now = world.clock.now()
    if (key && at(ofKey.get(key), now)) return unauthorized()
    const words = stream(['Once ', 'upon ', 'a time'], { after: `${Math.round(50 + 400 * chance())}ms` })
    const spell = troubleOf(model, now)
    switch (spell?.kind) {
      case undefined:
        return words
      case 'down':
        return serverError(chance() < 0.5 ? 500 : 502)
      case 'unreachable':
        return dropped({ after: '200ms' })
      case 'overloaded':
        return overloaded({ after: '1s' })
      case 'limited':
        return rateLimited({ retryAfter: Math.min(15, Math.ceil((spell.to - now) / second)) })
      case 'limited-without-word':
        return rateLimited()
      case 'stalled':
        // A whole answer has no time limit of its own: what stands before the provider breaks the connection.
        return streams ? stalled() : dropped({ after: '5s' })
      case 'error-inside':
        return streams ? errorInStream(chance() < 0.5 ? overloaded() : rateLimited()) : serverError(503)
      case 'empty':
        return streams ? emptyStream() : serverError(500)
      case 'html':
        return htmlPage(502)
      case 'malformed':
        return malformedJson()
      case 'flaky':
        return chance() < 0.5 ? serverError(500) : words
      case 'cutting':
        return answer(words, { dieAfter: 1 })
      case 'dripping':
        return answer(words, { firstChunk: '2s', gap: '4s' })
    }
  })

  const traces = new Map<string, Trace[]>()
  const told = { served: 0, cut: 0, failed: 0, attempts: 0, most: 0, twice: 0, late: 0 }
  const gateway = createGateway({
    providers: [
      provider(openai, { apiKey: keysOf['openai']! }),
      provider(openai, { id: 'eu', baseURL: 'https://eu.example.com/v1', apiKey: keysOf['eu']! }),
      anthropic,
      google,
    ],
    models: Object.fromEntries(
      Object.entries(groups).map(([group, list]) => [group, list.map((model) => `${providerOf[model]}/${model}`)]),
    ),
    fallback: { general: substitutes },
    maxAttempts,
    timeouts: { firstToken: '3s', idle: '10s' },
    concurrency: concurrency({ limit: 50 }),
    telemetry: [
      (trace) => {
        told.attempts += trace.attempts.length
        told.most = Math.max(told.most, trace.attempts.length)
        if (trace.duration! > deadline) told.late += 1
        if (traces.has(trace.id)) told.twice += 1
        traces.set(trace.id, [])
      },
    ],
    runtime: world.runtime,
  })

  let calls = 0
  let settled = 0
  let could = 0
  let served = 0
  const missed: string[] = []
  const codes = new Map<ErrorCode, number>()

  async function call(): Promise<void> {
    const now = world.clock.now()
    const model = oneOf(['fast', 'smart', 'pair', 'pair'])
    const possible = couldBeServed(model, now)
    calls += 1
    let content = false
    let result: 'served' | 'cut' | 'failed' = 'failed'
    let code = ''
    try {
      const reply = await gateway.chat({ model, messages: 'Hello', stream: chance() < 0.5, timeout: deadline })
      content = true
      let text = ''
      if (Symbol.asyncIterator in reply) for await (const piece of reply.textStream) text += piece
      else text = reply.text
      if (text === 'Once upon a time') result = 'served'
    } catch (error) {
      if (!isGatewayError(error)) throw error
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
      code = `${error.code} ${error.attempts.map((one) => `${one.deployment} ${one.code}`).join(', ')}`
      result = content ? 'cut' : 'failed'
    }
    settled += 1
    told[result] += 1
    if (!possible || result === 'cut') return
    could += 1
    if (result === 'served') served += 1
    else missed.push(`${((now - begin) / minute).toFixed(2)} min ${model}: ${code}`)
  }

  for (let time = begin; time < end; time += lasting(second / callsPerSecond)) {
    await world.clock.advance(Math.max(0, time - world.clock.now()))
    void call()
  }
  await world.clock.advance('12m')
  await gateway.flush()

  if (process.env['CHAOS_HOURS']) {
    const share = ((100 * served) / could).toFixed(4)
    const errors = [...codes].map(([code, count]) => `${code} ${count}`).join(', ')
    console.log(
      `${calls} calls, ${sent} attempts; could be served ${could}, were ${served} (${share} %); of all served ${told.served}, cut after the first content ${told.cut}, failed ${told.failed} (${errors}); at most ${told.most} attempts a call\n${missed.slice(0, 20).join('\n')}`,
    )
  }
  expect(calls).toBeGreaterThan(hours * 3600 * callsPerSecond * 0.9)
  // The oracle is no yes-man, and neither is the chaos.
  expect(could / calls).toBeGreaterThan(0.8)
  expect(sent / calls).toBeGreaterThan(1.05)
  expect(missed.slice(0, 20)).toEqual(missed.length <= could * 0.0001 ? missed : [])
  expect(served / could).toBeGreaterThanOrEqual(0.9999)
  expect(told.most).toBeLessThanOrEqual(maxAttempts)
  // No attempt that nobody counted; no call that settled twice, late or never.
  expect(told.attempts).toBe(sent)
  expect(told.twice).toBe(0)
  expect(told.late).toBe(0)
  expect(traces.size).toBe(calls)
  expect(settled).toBe(calls)
  expect(world.simulator.running).toBe(0)
  expect(world.clock.pending).toBe(0)
}, 3_600_000)

test('when nobody can be served, calls fail within their deadline and their budget', async () => {
  const world = createWorld()
  world.simulator.on().reply(() => serverError())
  const gateway = createGateway({
    providers: [openai, anthropic],
    models: { group: ['openai/a', 'anthropic/b'] },
    maxAttempts: 3,
    runtime: world.runtime,
  })
  for (let call = 0; call < 50; call++) {
    const error = await world.clock.run(failureOf(gateway.chat({ model: 'group', messages: 'Hello', timeout: '20s' })))
    expect(error.attempts.length).toBeLessThanOrEqual(3)
  }
})
