import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as testing from '../../src/testing/index.ts'

const folder = new URL('../../src/testing/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))

test.each(files)('%s takes nothing but types from the library, so that it does not share its mistakes', (name) => {
  const source = readFileSync(new URL(name, folder), 'utf8')
  const imports = [...source.matchAll(/^(?:import|export) ([^;]*?) from '([^']+)'/gms)]
  const foreign = imports.filter(([, , from]) => !/^\.\/[\w-]+\.ts$/.test(from!))
  for (const [, what, from] of foreign) {
    expect(from).toMatch(/^\.\.\/[\w/-]+\.ts$/)
    expect(what).toMatch(/^type /)
  }
  expect(source).not.toMatch(/\b(require|import)\(/)
})

test('the public names are these', () => {
  expect(Object.keys(testing).sort()).toMatchInlineSnapshot(`
    [
      "answer",
      "contentFiltered",
      "contextWindowExceeded",
      "continues",
      "createClock",
      "createSimulator",
      "cutOff",
      "dropped",
      "emptyAnswer",
      "emptyStream",
      "errorInStream",
      "htmlPage",
      "invalidRequest",
      "json",
      "lost",
      "malformedJson",
      "modelNotFound",
      "overloaded",
      "permissionDenied",
      "prefillRefused",
      "quotaExhausted",
      "rateLimited",
      "reasoning",
      "redirect",
      "refusal",
      "respond",
      "seededRandom",
      "serverError",
      "slow",
      "stalled",
      "stream",
      "testRuntime",
      "toolCalls",
      "unauthorized",
    ]
  `)
})
