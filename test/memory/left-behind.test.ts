import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { cache, createGateway, type Gateway, type Runtime } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { openai } from '../../src/providers/openai.ts'
import { answer, createSimulator, rateLimited, serverError, stream } from '../../src/testing/index.ts'
import { drain } from '../world.ts'
import { bytesInUse } from './memory.ts'

// Nothing stays behind: no timer, no listener, no memory, over 10,000 calls of every kind, on real timers.

const calls = 10_000

/** The runtime's own timers, counted. */
function countedTimers(): Pick<Runtime, 'timer'> & { readonly active: () => number; readonly set: () => number } {
  const active = new Set<object>()
  let set = 0
  return {
    active: () => active.size,
    set: () => set,
    timer(ms, callback) {
      const own = {}
      active.add(own)
      set++
      const id = setTimeout(() => {
        active.delete(own)
        callback()
      }, ms)
      return () => {
        active.delete(own)
        clearTimeout(id)
      }
    },
  }
}

const words = stream(['one ', 'two ', 'three ', 'four'])

/** Models, and what they do. */
function createProviders(): Runtime['fetch'] {
  const simulator = createSimulator({ keep: 0, unmatched: answer('Hello.') })
  const models = {
    streams: words,
    fails: serverError(500),
    limits: rateLimited(),
    dies: stream(['one ', 'two '], { dieAfter: 1 }),
  }
  for (const [model, step] of Object.entries(models)) simulator.on({ model }).always(step)
  return simulator.fetch as unknown as Runtime['fetch']
}
