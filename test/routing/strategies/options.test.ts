import { expect, test } from 'vitest'
import {
  byDifficulty,
  byVerdict,
  chain,
  concurrency,
  consistentHash,
  continuation,
  leastInFlight,
  leastUsed,
  lowestLatency,
  percentageSplit,
  preferFast,
  sharedStatistics,
  sticky,
  warmCache,
  weightedShuffle,
} from '../../../src/index.ts'

/** As JavaScript and JSON may write it, where no type checks. */
const from = (options: unknown): never => options as never

test.each([
  [() => weightedShuffle(from({ by: 'rpm' })), `weightedShuffle(): by is "rpm": write 'weight' or 'requestsPerMinute'`],
  [() => weightedShuffle(from({ buy: 'weight' })), 'weightedShuffle(): there is no option "buy". Did you mean by?'],
  [() => weightedShuffle(from(null)), 'weightedShuffle() takes an object of options.'],
  [
    () => consistentHash(from({ by: 'region' })),
    `consistentHash(): by is "region": write 'user', 'session', 'team' or`,
  ],
  [() => leastInFlight(from({ choice: 'two' })), `leastInFlight(): choice is "two": write 'least' or 'twoChoices'.`],
  [() => leastUsed(from({ by: 'rpm' })), `leastUsed(): by is "rpm": write 'requests' or 'tokens'.`],
  [() => leastUsed(from({ store: {} })), 'leastUsed(): store is {}: write a store of counters, with reserve().'],
  [() => leastUsed({ every: from('soon') }), 'leastUsed.every is "soon": write milliseconds'],
  [() => lowestLatency(from({ chioce: 'best' })), 'lowestLatency(): there is no option "chioce". Did you mean choice?'],
  [() => lowestLatency(from({ by: 'ttft' })), `lowestLatency(): by is "ttft": write 'firstToken' or 'perToken' or`],
  [() => preferFast(from({ firstTokens: '1s' })), 'preferFast(): there is no option "firstTokens". Did you mean'],
  [() => preferFast(from(undefined)), 'preferFast() takes an object of options.'],
  [() => sticky(undefined, from({ ttl: 'long' })), 'sticky.ttl is "long": write milliseconds'],
  [() => sticky(undefined, from({ time: '5m' })), 'sticky(): there is no option "time". Known are: by, ttl.'],
  [() => sticky(from('cheapest')), 'sticky() takes strategies, such as cheapest().'],
  [() => warmCache(undefined, from({ minimum: '1k' })), 'warmCache(): minimum is "1k": write a number from 0.'],
  [() => chain(weightedShuffle(), from(undefined)), 'chain() takes strategies, such as cheapest().'],
  [() => percentageSplit(from(undefined)), 'percentageSplit() takes an object of options.'],
  [() => percentageSplit(from({ percent: 5 })), 'percentageSplit() takes { percent, to }.'],
  [() => percentageSplit(from({ percent: 101, to: 'x' })), 'percentageSplit(): percent is 101: write 0 to 100.'],
  [
    () => percentageSplit(from({ percent: 5, too: 'x' })),
    'percentageSplit(): there is no option "too". Did you mean to?',
  ],
  [() => byVerdict(from('judge'), {}), 'byVerdict() takes a function that judges a call.'],
  [() => byVerdict(() => undefined, from({ safe: 5 })), 'byVerdict(): the route safe must be a tag or the name'],
  [
    () => byDifficulty(from({ easy: 'a', hard: undefined })),
    'byDifficulty(): the route hard must be a tag or the name',
  ],
  [() => concurrency(from({ que: 5 })), 'concurrency(): there is no option "que". Did you mean queue?'],
  [() => continuation(from({ calls: 'some' })), `continuation(): calls is "some": write 'all' or 'asked'.`],
  [() => sharedStatistics(from({})), 'sharedStatistics() takes a store.'],
  [() => sharedStatistics(from({ store: {} })), 'sharedStatistics(): store is {}: write a store with exchange().'],
])('wrong options %#, as JavaScript may give them, are refused with the remedy', (make, message) => {
  expect(make).toThrow(
    expect.objectContaining({ code: 'invalid_configuration', message: expect.stringContaining(message) }),
  )
})
