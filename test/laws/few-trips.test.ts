import { expect, test } from 'vitest'
import { budget, cache, createGateway, limits, memoryCounters, memoryStore, rateLimit } from '../../src/index.ts'
import { createWorld, drain, providers } from '../world.ts'

// Law 12: a call goes to a store at most once before the provider and once after.

test.each([false, true])('each store is asked once before the provider and once after (stream: %s)', async (stream) => {
  const trips: string[] = []
  /** A store that notes each time it is asked, and answers in its own time, as one across a network does. */
  function counted<Store extends object>(name: string, store: Store): Store {
    return new Proxy(store, {
      get(target, method) {
        const work = Reflect.get(target, method) as unknown
        if (typeof work !== 'function') return work
        return async (...parameters: unknown[]) => {
          trips.push(`${name}.${String(method)}`)
          return work.apply(target, parameters)
        }
      },
    })
  }
  const world = createWorld({
    unmatched() {
      trips.push('provider')
      return 'Hello'
    },
  })
  const gateway = createGateway({
    providers,
    cache: cache({ store: counted('cache', memoryStore()) }),
    limits: limits({
      store: counted('counters', memoryCounters()),
      rules: [budget({ limit: 10, per: 'day' }), rateLimit({ requests: 10, tokens: 1_000_000, per: 'minute' })],
    }),
    runtime: world.runtime,
  })
  const reply = await world.clock.run(gateway.chat({ model: 'openai/gpt-5-mini', messages: 'Hi', stream }))
  if (Symbol.asyncIterator in reply) await world.clock.run(drain(reply))
  await gateway.flush()
  expect(trips.slice(0, 3)).toEqual(['cache.get', 'counters.reserve', 'provider'])
  expect(trips.slice(3).sort()).toEqual(['cache.set', 'counters.settle'])

  // A hit needs no limits, and one trip.
  trips.length = 0
  const hit = await world.clock.run(gateway.chat({ model: 'openai/gpt-5-mini', messages: 'Hi', stream }))
  if (Symbol.asyncIterator in hit) await world.clock.run(drain(hit))
  await gateway.flush()
  expect(trips).toEqual(['cache.get'])
})
