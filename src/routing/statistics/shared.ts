import type { Attempt } from '../../call.ts'
import { type Duration, milliseconds } from '../../duration.ts'
import { checkedApart, checkOptions, isFunction, misconfigured } from '../../option-rules.ts'
import type { Runtime } from '../../runtime.ts'
import { Background, within } from '../../stores/access.ts'
import type { Awaitable } from '../../stores/counters.ts'
import type { StatisticsRecorder, StatisticsSnapshot, StatisticsSource } from '../statistics.ts'
import { DeploymentRecord } from './known.ts'

/**
 * Where the gateways of a fleet tell each other what they have seen: a log of news, of which the oldest may be dropped. A
 * Redis stream does it in one trip: `XADD … MAXLEN ~ 1000` and `XREAD`.
 */
export interface StatisticsStore {
  /** Appends one gateway's news, and gives what was appended after a place in the log, with the place that it now ends at. */
  exchange(
    news: StatisticsNews,
    after: string | undefined,
  ): Awaitable<{ readonly news: readonly StatisticsNews[]; readonly after: string }>
}

/** What one gateway has learnt since it told last. Plain JSON. */
export interface StatisticsNews {
  /** Which gateway. */
  readonly from: string
  /** When, in milliseconds since 1970. */
  readonly at: number
  readonly learnt: StatisticsSnapshot
  /** Attempts under way, by deployment. */
  readonly inFlight: Readonly<Record<string, number>>
}

export interface SharedStatisticsOptions {
  readonly store: StatisticsStore
  /** How often a gateway that serves calls tells the others, and listens. @default '5s' */
  readonly every?: Duration | undefined
}

/**
 * Shares what gateways see of their deployments through a store: one trip each few seconds, behind the back of the calls. A
 * store that fails or is slow costs nothing but its news, which are heard the next time, and told again if it did not take them.
 */
export function sharedStatistics(options: SharedStatisticsOptions): StatisticsSource {
  checkOptions('sharedStatistics()', options, {
    store: ['a store with exchange()', (store) => isFunction((store as Partial<StatisticsStore>)?.exchange)],
    every: checkedApart,
  })
  const { store, every = '5s' } = options
  if (!store) throw misconfigured('sharedStatistics() takes a store.')
  const period = milliseconds(every, 'sharedStatistics.every')
  return { join: (recorder) => new Share(store, period, recorder) }
}

class Share {
  readonly #store: StatisticsStore
  readonly #period: number
  readonly #recorder: StatisticsRecorder
  readonly #background = new Background()
  readonly #others = new Map<string, Other>()
  #news = new Map<string, DeploymentRecord>()
  #from = ''
  #after: string | undefined
  #toldAt = Number.NEGATIVE_INFINITY
  #telling = false

  constructor(store: StatisticsStore, period: number, recorder: StatisticsRecorder) {
    this.#store = store
    this.#period = period
    this.#recorder = recorder
  }

  settled({ deployment, runtime }: Attempt, record: (into: DeploymentRecord) => void): void {
    record(this.#newsOf(deployment.id))
    const now = runtime.now()
    // Where a platform ends a request, what was asked for in it never ends.
    if (now < this.#toldAt + (this.#telling ? 2 : 1) * this.#period) return
    this.#telling = true
    this.#toldAt = now
    this.#background.keep(this.#exchange(runtime), runtime)
  }

  flush(): Promise<void> {
    return this.#background.flush()
  }

  async #exchange(runtime: Runtime): Promise<void> {
    const told = this.#news
    this.#news = new Map()
    const now = runtime.now()
    this.#from ||= now.toString(36) + Math.floor(runtime.random() * 2 ** 48).toString(36)
    const ids = [...told.keys()]
    const own: StatisticsNews = {
      from: this.#from,
      at: now,
      learnt: { version: 1, deployments: Object.fromEntries([...told].map(([id, record]) => [id, record.toJSON()])) },
      inFlight: Object.fromEntries(ids.map((id) => [id, this.#recorder.record(id).leases.count(now)])),
    }
    const asked = (async () => this.#store.exchange(own, this.#after))()
    // To be told the next time. What a store takes late it has taken.
    asked.catch(() => {
      for (const [id, record] of told) this.#newsOf(id).merge(record.toJSON(), now)
    })
    try {
      const { news, after } = await within(this.#period, asked, runtime)
      this.#after = after
      for (const other of news) this.#hear(other)
      this.#countElsewhere(runtime.now())
    } catch {
      // What others have told is heard the next time.
    } finally {
      this.#telling = false
    }
  }

  /** What cannot be read, such as that of another version, is left out. */
  #hear(other: StatisticsNews): void {
    try {
      const { from, at, learnt, inFlight } = other
      if (from === this.#from) return
      this.#recorder.restore(learnt)
      // Each tells of those alone at which something has ended: of the others holds what it told before.
      const before = this.#others.get(from)?.inFlight ?? []
      this.#others.set(from, { at, inFlight: new Map([...before, ...Object.entries(inFlight)]) })
    } catch {
      // The others can be.
    }
  }

  #newsOf(id: string): DeploymentRecord {
    let record = this.#news.get(id)
    if (!record) this.#news.set(id, (record = new DeploymentRecord()))
    return record
  }

  /** What others have under way is forgotten when they have not told of it for three periods. */
  #countElsewhere(now: number): void {
    const counts = new Map<string, number>()
    for (const [from, { at, inFlight }] of this.#others) {
      const gone = now - at > 3 * this.#period
      if (gone) this.#others.delete(from)
      for (const [id, count] of inFlight) {
        counts.set(id, (counts.get(id) ?? 0) + (gone ? 0 : count))
        if (count === 0) inFlight.delete(id)
      }
    }
    for (const [id, count] of counts) this.#recorder.record(id).elsewhere = count
  }
}

/** What another gateway told last. */
interface Other {
  readonly at: number
  /** Attempts under way, by deployment. */
  readonly inFlight: Map<string, number>
}
