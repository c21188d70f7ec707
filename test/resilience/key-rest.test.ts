import { expect, test } from 'vitest'
import type { Attempt, Deployment, Key } from '../../src/call.ts'
import { type ErrorCode, GatewayError } from '../../src/errors.ts'
import { createSettlement } from '../../src/reply.ts'
import { keyRest } from '../../src/resilience/key-rest.ts'

const key = { id: 'openai#1', secret: () => 'secret', kept: new Map() } as Key
const deploymentOf = (id: string): Deployment => ({ id }) as Deployment

/** Key rests, and a hand that lets attempts fail. */
function setUp() {
  let now = 0
  const rests = keyRest()
  const fail = (deployment: string, code: ErrorCode, retryAfter?: number): void => {
    const settlement = createSettlement()
    const attempt = {
      deployment: deploymentOf(deployment),
      key,
      settlement,
      runtime: { now: () => now },
      trace: { note() {} },
    }
    void rests.middleware(attempt as unknown as Attempt, () => new Promise(() => {}))
    const error = new GatewayError(code, 'It failed.', { retryAfter })
    settlement.settle({ status: 'failed', deployment: undefined, charge: undefined, response: undefined, error })
  }
  return {
    fail,
    suspects: () => rests.suspects(now),
    pass(ms: number) {
      now += ms
    },
  }
}

test('a deployment is under suspicion while a key rests there, and not for ever after', () => {
  const { fail, suspects, pass } = setUp()
  expect(suspects()?.size).toBe(0)
  fail('openai/a', 'rate_limited', 2000)
  fail('openai/b', 'rate_limited', 4000)
  expect([...suspects()!]).toEqual(['openai/a', 'openai/b'])
  pass(2000)
  expect([...suspects()!]).toEqual(['openai/b'])
  pass(2000)
  expect(suspects()?.size).toBe(0)
})

test('while a key rests everywhere, or many rest, each deployment must be looked at', () => {
  const { fail, suspects, pass } = setUp()
  fail('openai/a', 'authentication_failed')
  expect(suspects()).toBeUndefined()
  pass(5 * 60_000)
  expect(suspects()?.size).toBe(0)
  for (let index = 0; index < 20; index++) fail(`openai/m${index}`, 'rate_limited', 1000)
  expect(suspects()).toBeUndefined()
})
