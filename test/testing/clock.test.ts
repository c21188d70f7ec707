import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createClock, seededRandom } from '../../src/testing/index.ts'

test('time stands still until it is moved', async () => {
  const clock = createClock({ start: 1000 })
  await clock.settle()
  expect(clock.now()).toBe(1000)
  await clock.advance('1.5s')
  expect(clock.now()).toBe(2500)
})

test('timers run in the order in which they are due, those of one instant in the order in which they were set', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 }), async (delays) => {
      const clock = createClock({ start: 0 })
      const ran: [number, number][] = []
      for (const [index, delay] of delays.entries()) clock.timer(delay, () => ran.push([clock.now(), index]))
      await clock.advance(10)
      const expected = delays.map((delay, index): [number, number] => [delay, index])
      expect(ran).toEqual(expected.sort(([a, i], [b, j]) => a - b || i - j))
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 30 },
  )
})

test('cancelled timers do not run, and any number of cancels is one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ delay: fc.nat(20), cancelled: fc.boolean() }), { maxLength: 30 }),
      async (timers) => {
        const clock = createClock()
        const ran: number[] = []
        const cancels = timers.map(({ delay }, index) => clock.timer(delay, () => ran.push(index)))
        for (const [index, { cancelled }] of timers.entries()) {
          if (cancelled) cancels[index]!()
          if (cancelled) cancels[index]!()
        }
        const kept = timers.flatMap(({ cancelled }, index) => (cancelled ? [] : [index]))
        expect(clock.pending).toBe(kept.length)
        await clock.advance(20)
        expect(ran.sort((a, b) => a - b)).toEqual(kept)
        for (const cancel of cancels) cancel()
        expect(clock.pending).toBe(0)
      },
    ),
    { numRuns: 30 },
  )
})

test('a timer that is set by a timer runs in its own time', async () => {
  const clock = createClock({ start: 0 })
  const times: number[] = []
  const again = (): void => {
    times.push(clock.now())
    if (times.length < 4) clock.timer(10, again)
  }
  clock.timer(10, again)
  await clock.advance(35)
  expect(times).toEqual([10, 20, 30])
  expect([clock.now(), clock.pending]).toEqual([35, 1])
})

test('promises and streams settle between two timers', async () => {
  const clock = createClock({ start: 0 })
  const log: string[] = []
  const source = new ReadableStream<string>({
    start(controller) {
      for (const at of [10, 20]) clock.timer(at, () => controller.enqueue(`read at ${at}`))
      clock.timer(21, () => controller.close())
    },
  }).pipeThrough(new TransformStream())
  clock.timer(15, () => log.push('timer at 15'))
  const reading = (async () => {
    for await (const text of source) log.push(text)
  })()
  await clock.advance(30)
  await reading
  expect(log).toEqual(['read at 10', 'timer at 15', 'read at 20'])
})

test('run moves time from timer to timer until the promise has settled', async () => {
  const clock = createClock({ start: 0 })
  const sleep = (ms: number) => new Promise<void>((resolve) => clock.timer(ms, resolve))
  const work = async (): Promise<number> => {
    await sleep(60_000)
    await sleep(30_000)
    return clock.now()
  }
  clock.timer(10_000_000, () => expect.unreachable())
  expect(await clock.run(work())).toBe(90_000)
  expect(clock.pending).toBe(1)
})

test('time that two move at once never goes back', async () => {
  const clock = createClock({ start: 0 })
  await Promise.all([clock.advance(2000), clock.advance(1000)])
  expect(clock.now()).toBe(2000)
})

test('run gives a rejection as it is', async () => {
  const clock = createClock()
  const failing = new Promise((_, reject) => clock.timer(5, () => reject(new Error('late'))))
  await expect(clock.run(failing)).rejects.toThrow('late')
})

test('run says so when nothing is left to wait for', async () => {
  const clock = createClock()
  clock.timer(Number.POSITIVE_INFINITY, () => {})
  await expect(clock.run(new Promise(() => {}))).rejects.toThrow('no timer is left to run')
})

test('run waits for work that no clock drives', async () => {
  const clock = createClock()
  const digest = crypto.subtle.digest('SHA-256', new Uint8Array(1000))
  expect((await clock.run(digest)).byteLength).toBe(32)
})

test('the same seed gives the same chance', () => {
  const take = (seed: number) => Array.from({ length: 1000 }, seededRandom(seed))
  expect(take(7)).toEqual(take(7))
  expect(take(7)).not.toEqual(take(8))
  expect(take(7).every((number) => number >= 0 && number < 1)).toBe(true)
  expect(take(7).reduce((sum, number) => sum + number) / 1000).toBeCloseTo(0.5, 1)
})
