import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Call, Deployment, Health } from '../../src/call.ts'
import { chat } from '../../src/operations/chat/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { provider } from '../../src/providers/provider.ts'
import { createHolders } from '../../src/routing/held.ts'
import { createRouter } from '../../src/routing/route.ts'
import { createStatistics } from '../../src/routing/statistics.ts'
import { createMemory, createSelector } from '../../src/routing/strategies/selector.ts'
import { ordered } from '../../src/routing/strategies.ts'

const names = Array.from({ length: 30 }, (_, index) => `sim/m${index}`)
const call = {
  operation: chat,
  request: { model: 'fleet', messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] },
  principal: {},
  options: {},
  trace: { note() {} },
  runtime: { now: () => 0, random: () => 0.5 },
} as unknown as Call

/** A router whose health is as its caller says. `tells` is whether it tells whom to look at. */
function routerWith(state: { down: Set<string>; due: Set<string> }, tells: boolean) {
  const health: Health = {
    suspects: () => (tells ? new Set([...state.down, ...state.due]) : undefined),
    blocked: ({ id }) => (state.down.has(id) ? { deployment: id, reason: 'circuit_open' } : undefined),
    probing: ({ id }) => state.due.has(id),
    rest: () => undefined,
    lastLimited: () => 0,
  }
  const statistics = createStatistics(() => 0, false)
  return createRouter({
    providers: [provider(openai, { id: 'sim', apiKey: 'key-of-nobody' })],
    models: { fleet: names.map((model) => ({ model })) },
    selector: createSelector(ordered(), statistics, createMemory()),
    health,
    holders: createHolders(),
    env: () => undefined,
  })
}

test('to look only at those against whom something may speak chooses as to look at all', () => {
  const some = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 20 })
  fc.assert(
    fc.property(fc.array(fc.tuple(some, some, fc.nat({ max: 4 })), { minLength: 1, maxLength: 6 }), (times) => {
      const state = { down: new Set<string>(), due: new Set<string>() }
      const [told, untold] = [routerWith(state, true), routerWith(state, false)]
      for (const [down, due, asks] of times) {
        state.down = new Set(down)
        state.due = new Set(due.filter((name) => !state.down.has(name)))
        const [one, other] = [told.plan(call, 'fleet'), untold.plan(call, 'fleet')]
        const ids = (all: readonly Deployment[]): readonly string[] => all.map(({ id }) => id)
        for (let ask = 0; ask <= asks; ask++) {
          expect(ids(one.eligible())).toEqual(ids(other.eligible()))
          const [chosen, also] = [one.next(), other.next()]
          // Who is due for a probe comes first, whichever of them.
          if (state.due.size < 2) expect(chosen?.deployment.id).toBe(also?.deployment.id)
          else expect(state.due.has(chosen!.deployment.id)).toBe(state.due.has(also!.deployment.id))
          if (!chosen) break
          one.exclude(chosen, undefined, 'deployment')
          const twin = untold.find('fleet')!.deployments.find(({ id }) => id === chosen.deployment.id)!
          other.exclude({ deployment: twin, key: twin.keys[0] }, undefined, 'deployment')
        }
      }
    }),
    { numRuns: 300 },
  )
})
