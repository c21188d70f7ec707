import { expect, test } from 'vitest'
import { createGateway } from '../../../src/index.ts'
import { createMemory } from '../../../src/routing/strategies/selector.ts'
import {
  best,
  byVerdict,
  chain,
  cheapest,
  consistentHash,
  inFlight,
  least,
  percentageSplit,
  proportional,
  roundRobin,
  type Strategy,
  twoChoices,
  weightedShuffle,
} from '../../../src/routing/strategies.ts'
import { seededRandom } from '../../../src/testing/index.ts'
import { createWorld, failureOf, providers } from '../../world.ts'
import { createBench, type Simulated } from '../harness.ts'

const three: readonly Simulated[] = [
  { name: 'a', price: 10 },
  { name: 'b', price: 9 },
  { name: 'c', price: 9 },
]

/** Who is chosen, so many times, for a caller. */
function choose(strategy: Strategy, simulated: readonly Simulated[], times: number, principal = {}): string[] {
  const { deployments, call, selector } = createBench(simulated)
  const { pick } = selector(strategy)
  return Array.from({ length: times }, () => pick(deployments, call(principal), 'fleet').model)
}

test('least() picks the lowest score, and at random by weight among those that share it', () => {
  const chosen = choose(
    least(({ facts }) => facts.price?.input),
    three,
    200,
  )
  expect(new Set(chosen)).toEqual(new Set(['b', 'c']))
  const weighted = choose(
    least(() => 1),
    [{ name: 'a' }, { name: 'b', weight: 0 }],
    50,
  )
  expect(new Set(weighted)).toEqual(new Set(['a']))
})

test('fault: price strings compared as strings. 9 comes before 10, though both were read as texts', () => {
  const asTexts = least(({ facts }) => String(facts.price?.input) as never)
  expect(choose(asTexts, three.slice(0, 2), 1)).toEqual(['b'])
  const shares = proportional(({ model }) => (model === 'a' ? '30' : '10') as never)
  expect(choose(shares, three.slice(0, 2), 400).filter((name) => name === 'a').length).toBeGreaterThan(260)
})

test('who has no score, or one that is no number, comes last and is not forgotten', () => {
  const score = ({ model }: { model: string }): number | undefined =>
    model === 'a' ? undefined : model === 'b' ? Number.NaN : 7
  expect(choose(least(score), three, 20)).toEqual(Array(20).fill('c'))
  expect(new Set(choose(least(score), three.slice(0, 2), 50))).toEqual(new Set(['a', 'b']))
  expect(new Set(choose(proportional(score), three, 20))).toEqual(new Set(['c']))
})

test('proportional() shares alike what is infinitely better', () => {
  const free = proportional(({ model }) => (model === 'a' ? 1 : 1 / 0))
  const chosen = choose(free, three, 200)
  expect(new Set(chosen)).toEqual(new Set(['b', 'c']))
})

test('twoChoices() never picks the worst of three, and prefers the best', () => {
  const chosen = choose(
    twoChoices(({ model }) => model.charCodeAt(0)),
    three,
    300,
  )
  expect(chosen).not.toContain('c')
  // Of three pairs, a is in two.
  expect(chosen.filter((name) => name === 'a').length / 300).toBeCloseTo(2 / 3, 1)
})

test('best() tries what it does not know once in each refresh, and at most one call in ten', () => {
  let now = 0
  const { deployments, call, selector } = createBench(three, { now: () => now })
  const { pick } = selector(best(({ model }) => (model === 'c' ? undefined : model.charCodeAt(0)), { refresh: 60_000 }))
  const chosen: string[] = []
  for (let second = 0; second < 180; second++) {
    now = 1e9 + second * 1000
    chosen.push(pick(deployments, call(), 'fleet').model)
  }
  expect(chosen.filter((name) => name === 'c')).toHaveLength(3)
  expect(chosen.filter((name) => name === 'a')).toHaveLength(177)
  expect(chosen.slice(0, 9)).not.toContain('c')
})

test('chain() narrows by the first and picks by the next', () => {
  const strategy = chain(
    least(({ facts }) => facts.price?.input),
    least(({ model }) => -model.charCodeAt(0)),
  )
  expect(choose(strategy, three, 5)).toEqual(Array(5).fill('c'))
  // What narrows to nobody has no say.
  expect(
    new Set(
      choose(
        chain(() => [], roundRobin()),
        three,
        6,
      ),
    ),
  ).toEqual(new Set(['a', 'b', 'c']))
})

test('roundRobin() goes round, smoothly by weight', () => {
  expect(choose(roundRobin(), three, 6).join('')).toBe('abcabc')
  const weighted = [{ name: 'a', weight: 3 }, { name: 'b' }, { name: 'c', weight: 0 }]
  expect(choose(roundRobin(), weighted, 8).join('')).toBe('aabaaaba')
})

test('roundRobin() is not skewed by who is left out, and lets nobody catch up', () => {
  const { deployments, call, selector } = createBench(three)
  const { pick } = selector(roundRobin())
  const [a, b, c] = deployments
  const counts = new Map(deployments.map(({ model }) => [model, 0]))
  const turn = (candidates: typeof deployments): string => {
    const { model } = pick(candidates, call(), 'fleet')
    counts.set(model, counts.get(model)! + 1)
    return model
  }
  // Every third call is a retry at which a is left out. b, its neighbour, does not inherit all of its turns.
  for (let number = 0; number < 300; number++) turn(number % 3 === 2 ? [b!, c!] : [a!, b!, c!])
  expect(Math.abs(counts.get('b')! - counts.get('c')!)).toBeLessThanOrEqual(2)
  // Away for a hundred calls, c comes back to a third of the calls, not to all.
  for (let number = 0; number < 100; number++) turn([a!, b!])
  const back = Array.from({ length: 9 }, () => turn([a!, b!, c!]))
  expect(back.filter((name) => name === 'c').length).toBeLessThanOrEqual(4)
})

test('roundRobin() shares what has no route of its own evenly among the others', () => {
  const { deployments, call, selector } = createBench(Array.from({ length: 8 }, (_, index) => ({ name: `d${index}` })))
  const { pick } = selector(roundRobin())
  const counts = new Map(deployments.map(({ model }) => [model, 0]))
  for (let number = 0; number < 4000; number++) {
    // A quarter of the calls may go to the first two alone, which is their fair share already.
    const { model } = pick(number % 4 === 0 ? deployments.slice(0, 2) : deployments, call(), 'fleet')
    counts.set(model, counts.get(model)! + 1)
  }
  for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThanOrEqual(25)
})

test('consistentHash() keeps a user where they are, and moves only those whose deployment left', () => {
  const { deployments, call, selector } = createBench(Array.from({ length: 10 }, (_, index) => ({ name: `d${index}` })))
  const { pick } = selector(consistentHash())
  const users = Array.from({ length: 2000 }, (_, index) => `user-${index}`)
  const where = (candidates: typeof deployments): string[] =>
    users.map((user) => pick(candidates, call({ user }), 'fleet').model)
  const before = where(deployments)
  expect(where([...deployments].reverse())).toEqual(before)
  const after = where(deployments.slice(1))
  for (const [index, model] of after.entries()) if (before[index] !== 'd0') expect(model).toBe(before[index])
  // Those that d0 served are shared by all of the others.
  const moved = after.filter((_, index) => before[index] === 'd0')
  expect(new Set(moved).size).toBe(9)
})

test('a call that does not say the field is left to the next strategy', () => {
  const strategy = chain(consistentHash({ by: 'session' }), cheapest())
  expect(new Set(choose(strategy, three, 20))).toEqual(new Set(['b', 'c']))
  expect(new Set(choose(strategy, three, 20, { session: 's' })).size).toBe(1)
})

test('percentageSplit() keeps a user on a side, and draws another one for another salt', () => {
  const canary: readonly Simulated[] = [{ name: 'old' }, { name: 'new', tags: ['canary'] }]
  const sides = (salt: string): string[] =>
    Array.from({ length: 400 }, (_, user) =>
      choose(percentageSplit({ percent: 25, to: 'canary' }, { by: 'user', salt }), canary, 1, {
        user: `u${user}`,
      }).join(),
    )
  expect(sides('')).toEqual(sides(''))
  expect(sides('')).not.toEqual(sides('another'))
  expect(sides('').filter((side) => side === 'new').length / 400).toBeCloseTo(0.25, 1)
})

test('percentageSplit() keeps all attempts of a call on one side, also of one that does not say the field', () => {
  const { deployments, call, selector } = createBench([{ name: 'a' }, { name: 'canary', tags: ['canary'] }])
  const { pick } = selector(percentageSplit({ percent: 50, to: 'canary' }, { by: 'user' }))
  const sides = new Set<string>()
  for (let number = 0; number < 100; number++) {
    const one = call()
    const [first, again] = [pick(deployments, one, 'fleet'), pick(deployments, one, 'fleet')]
    expect(again).toBe(first)
    sides.add(first.model)
  }
  expect(sides.size).toBe(2)
})

test('chain() lets no judge fail unheard where another fails before it is waited for', async () => {
  const unheard: unknown[] = []
  const listen = (error: unknown): void => void unheard.push(error)
  process.on('unhandledRejection', listen)
  const routing = chain(
    byVerdict(() => Promise.reject(new Error('later')), {}),
    byVerdict(() => {
      throw new Error('at once')
    }, {}),
  )
  const { call } = createBench([{ name: 'a' }])
  await expect((async () => routing.prepare!(call(), createMemory()))()).rejects.toThrow(/later|at once/)
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', listen)
  expect(unheard).toEqual([])
})

test('weightedShuffle() by limits gives who says none the mean of those that do', () => {
  const limited: readonly Simulated[] = [
    { name: 'a', limits: { requestsPerMinute: 100 } },
    { name: 'b', limits: { requestsPerMinute: 300 } },
    { name: 'c' },
  ]
  const { deployments, call, selector } = createBench(limited)
  const ranked = selector(weightedShuffle({ by: 'requestsPerMinute' })).rank(deployments, call(), 'fleet')
  expect(ranked.map(({ deployment, share }) => [deployment.model, share])).toEqual([
    ['b', 0.5],
    ['c', 200 / 600],
    ['a', 100 / 600],
  ])
})

test('a strategy that chooses what is none of its candidates is an error with the remedy', async () => {
  const world = createWorld()
  const gateway = createGateway({
    providers,
    models: { pair: ['openai/a', 'anthropic/b'] },
    routing: function mine() {
      return { id: 'made up' } as never
    },
    runtime: world.runtime,
  })
  const error = await failureOf(gateway.chat({ model: 'pair', messages: 'Hello' }))
  expect(error).toMatchObject({
    code: 'invalid_configuration',
    message: 'The strategy mine chose what is none of its candidates. Return one of them, or a list of them.',
  })
})

test('two gateways with the same strategy share nothing', async () => {
  const routing = roundRobin()
  const worlds = [createWorld(), createWorld()] as const
  const [one, other] = worlds.map((world) =>
    createGateway({
      providers,
      models: { pair: ['openai/a', 'anthropic/b'] },
      routing,
      runtime: world.runtime,
    }),
  )
  for (let call = 0; call < 3; call++) await one!.chat({ model: 'pair', messages: 'Hello' })
  await other!.chat({ model: 'pair', messages: 'Hello' })
  expect(worlds[0].asked()).toEqual(['a', 'b', 'a'])
  expect(worlds[1].asked()).toEqual(['a'])
})

test('fault: ranking that is O(n log n) per call. A choice looks at each candidate once, and sorts nothing', () => {
  const many = Array.from({ length: 1000 }, (_, index) => ({ name: `d${index}`, price: 1 + (index % 7) }))
  const { deployments, call, selector } = createBench(many)
  for (const [strategy, most] of [
    [(score: () => number) => least(score), 1000],
    [(score: () => number) => proportional(score), 1000],
    [(score: () => number) => twoChoices(score), 2],
    [(score: () => number) => best(score), 1000],
  ] as const) {
    const random = seededRandom(3)
    let asked = 0
    const score = (): number => {
      asked += 1
      return random()
    }
    selector(strategy(score)).pick(deployments, call(), 'fleet')
    expect(asked).toBeLessThanOrEqual(most)
  }
})

test('the rank of least in flight says what it is made of', () => {
  const { deployments, call, selector, statistics } = createBench([{ name: 'a', weight: 2 }, { name: 'b' }])
  statistics.record('sim/a').leases.begin({}, Number.POSITIVE_INFINITY)
  const ranked = selector(least(inFlight)).rank(deployments, call(), 'fleet')
  expect(ranked.map(({ deployment, tier, scores }) => [deployment.model, tier, scores])).toEqual([
    ['b', 0, [{ strategy: 'least(inFlight)', score: 0, parts: { inFlight: 0, weight: 1 } }]],
    ['a', 1, [{ strategy: 'least(inFlight)', score: 0.75, parts: { inFlight: 1, weight: 2 } }]],
  ])
})
