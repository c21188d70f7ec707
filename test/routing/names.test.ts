import { expect, test } from 'vitest'
import { createGateway, type Gateway, ordered } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { openrouter } from '../../src/providers/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { createWorld, failureOf, type World } from '../world.ts'

function named(models: Record<string, unknown>, options: object = {}): { gateway: Gateway; world: World } {
  const world = createWorld()
  const gateway = createGateway({
    providers: [openai, anthropic, openrouter],
    models: models as Record<string, string[]>,
    routing: ordered(),
    runtime: world.runtime,
    ...options,
  })
  return { gateway, world }
}

async function servedBy(models: Record<string, unknown>, model: string): Promise<string | undefined> {
  const { gateway, world } = named(models)
  await gateway.chat({ model, messages: 'Hello' })
  return world.asked()[0]
}

test('a group may have another name, and that another', async () => {
  const models = { fast: ['openai/a'], quick: 'fast', 'gpt-4': 'quick' }
  expect(await servedBy(models, 'gpt-4')).toBe('a')
})

test('other names may stand in any order', async () => {
  const models = { 'gpt-4': 'quick', quick: 'fast', fast: ['openai/a'] }
  expect(await servedBy(models, 'gpt-4')).toBe('a')
})

test('another name may stand for a model', async () => {
  expect(await servedBy({ best: 'anthropic/claude-opus-4-5' }, 'best')).toBe('claude-opus-4-5')
})

test.each([
  ['claude-sonnet-4-5', 'claude-sonnet-4-5'],
  ['claude-haiku', 'fixed'],
  ['old/gpt-4', 'new-gpt-4'],
])('a pattern takes what fits: %s', async (model, expected) => {
  const models = { 'claude-*': ['anthropic/claude-*'], 'claude-h*': ['anthropic/fixed'], 'old/*': ['openai/new-*'] }
  expect(await servedBy(models, model)).toBe(expected)
})

test('what a pattern stands for is put in as it is, whatever it holds', async () => {
  expect(await servedBy({ 'x-*': ['openai/y-*'] }, 'x-$&$$')).toBe('y-$&$$')
  expect(await servedBy({ 'x-*': 'openai/y-*' }, 'x-$`')).toBe('y-$`')
})

test('a pattern says too what its deployments really are', async () => {
  const { gateway } = named({ 'gpt-*': [{ model: 'anthropic/gpt-*', is: 'openai/gpt-*' }] })
  const { candidates } = await gateway.explain({ model: 'gpt-5-mini', messages: 'Hello' })
  expect(candidates).toMatchObject([{ deployment: 'anthropic/gpt-5-mini', contextWindow: 400_000 }])
})

test('a pattern goes before a provider of that name, for the user has written it', async () => {
  expect(await servedBy({ 'openai/*': ['openrouter/openai/*'] }, 'openai/gpt-5-mini')).toBe('openai/gpt-5-mini')
  const { gateway } = named({ 'openai/*': ['openrouter/openai/*'] })
  const reply = await gateway.chat({ model: 'openai/gpt-5-mini', messages: 'Hello' })
  expect(reply.trace.attempts[0]!.deployment).toBe('openrouter/openai/gpt-5-mini')
})

test('a suffix asks for the cheapest', async () => {
  const models = {
    pair: [
      { model: 'openai/dear', facts: { price: { input: 10, output: 10 } } },
      { model: 'openai/cheap', facts: { price: { input: 1, output: 1 } } },
    ],
  }
  expect(await servedBy(models, 'pair')).toBe('dear')
  expect(await servedBy(models, 'pair:floor')).toBe('cheap')
})

test('a suffix that belongs to the name of a model that is known stays there', async () => {
  const free = { ...openrouter, models: { 'acme/model:floor': {} } }
  const { gateway, world } = named({}, { providers: [free] })
  await gateway.chat({ model: 'openrouter/acme/model:floor', messages: 'Hello' })
  await gateway.chat({ model: 'openrouter/acme/other:floor', messages: 'Hello' })
  await gateway.chat({ model: 'openrouter/acme/other:free', messages: 'Hello' })
  expect(world.asked()).toEqual(['acme/model:floor', 'acme/other', 'acme/other:free'])
})

test('a name that means nothing is a 404 that names what there is', async () => {
  const error = await failureOf(named({ fast: ['openai/a'] }).gateway.chat({ model: 'slow', messages: 'Hello' }))
  expect(error).toMatchObject({ code: 'no_eligible_deployment', status: 404 })
  expect(error.message).toContain('a group (fast)')
})

test.each([
  [{ a: 'b', b: ['openai/a'], c: 'd' }, 'models.c is another name for "d"'],
  [{ a: 'a' }, 'models.a is another name for "a"'],
  [{ a: 'openai' }, 'models.a is another name for "openai", which means nothing here.'],
  [{ a: 'openai/' }, 'models.a is another name for "openai/", which means nothing here.'],
  [{ a: 'b', b: 'c', c: 'a' }, 'The name "c" leads from one name to another and to no deployment.'],
])('another name for nothing is refused when the gateway is made', (models, message) => {
  expect(() => named(models)).toThrow(message)
})

test.each([
  [{ 'claude-*': ['anthropc/claude-*'] }, 'models.claude-*.0 is "anthropc/claude-*"'],
  [{ 'claude-*': [{ model: 'anthropc/claude-*' }] }, 'models.claude-*.0.model is "anthropc/claude-*"'],
  [{ 'a-*-*': ['openai/*'] }, 'models.a-*-* has more than one *.'],
  [{ fast: ['openai/gpt-*'] }, 'models.fast.0 is "openai/gpt-*"'],
])('a pattern that could never serve is refused when the gateway is made: %j', (models, message) => {
  expect(() => named(models)).toThrow(message)
})

test.each(['constructor', 'toString', '__proto__'])('%s is no suffix, though every object has one', async (word) => {
  expect(
    (await failureOf(named({ fast: ['openai/a'] }).gateway.chat({ model: `fast:${word}`, messages: 'Hi' }))).status,
  ).toBe(404)
  expect(await servedBy({}, `openai/a:${word}`)).toBe(`a:${word}`)
})

test('a suffix may stand wherever a name may', async () => {
  const pair = [
    { model: 'openai/dear', facts: { price: { input: 10, output: 10 } } },
    { model: 'openai/cheap', facts: { price: { input: 1, output: 1 } } },
  ]
  expect(await servedBy({ pair, saving: 'pair:floor' }, 'saving')).toBe('cheap')
  const { fallbacks } = await named(
    { pair, first: ['openai/first'] },
    { fallback: { general: { first: ['pair:floor'] } } },
  ).gateway.explain({ model: 'first', messages: 'Hello' })
  expect(fallbacks).toEqual({ general: ['pair:floor'] })
})

test('patterns that lead to each other are an error with the reason', async () => {
  const { gateway } = named({ 'claude-*': 'smart-*', 'smart-*': 'claude-*' })
  const error = await failureOf(gateway.chat({ model: 'claude-x', messages: 'Hello' }))
  expect(error).toMatchObject({ code: 'invalid_configuration' })
  expect(error.message).toContain('leads from one name to another and to no deployment')
})

test('made-up names do not fill the memory', async () => {
  const { gateway } = named({ 'x-*': ['openai/*'] })
  for (let index = 0; index < 3000; index++) await gateway.explain({ model: `x-${index}`, messages: 'Hello' })
  expect((await gateway.explain({ model: 'x-2999', messages: 'Hello' })).candidates[0]!.deployment).toBe('openai/2999')
})
