import type { Attempt, Call, CallOptions, Health, LimitStatus, Preferences, Principal, ResponseOf } from './call.ts'
import type { AnyDialect } from './dialects/dialect.ts'
import type { Ask } from './doors/ask.ts'
import { partOptions } from './doors/call-options.ts'
import { type ChatReply, type ChatStream, chatReply, chatRequest, ChatStream as Stream } from './doors/chat.ts'
import { type CountTokensReply, countTokens } from './doors/count-tokens.ts'
import { type EmbeddingsInput, type EmbeddingsReply, embed } from './doors/embeddings.ts'
import { type Explanation, explain } from './doors/explain.ts'
import { createFetchDoor, type GatewayFetch } from './doors/fetch.ts'
import { type ImagesInput, type ImagesReply, type ImagesStream, image } from './doors/images.ts'
import { type ModerateInput, type ModerationReply, moderate } from './doors/moderation.ts'
import { forward } from './doors/pass-through.ts'
import { type RerankInput, type RerankReply, rerank } from './doors/rerank.ts'
import type { StandardSchema } from './doors/schema.ts'
import { type SpeechInput, type SpeechReply, type SpeechStream, speak } from './doors/speech.ts'
import {
  type TranscriptionInput,
  type TranscriptionReply,
  type TranscriptionStream,
  transcribe,
} from './doors/transcription.ts'
import { type Duration, milliseconds } from './duration.ts'
import { amendError, endOf, GatewayError, toGatewayError } from './errors.ts'
import type { LimitsSlot } from './limits/limits.ts'
import { compose, type Middleware, type Next, replyOf, type Slot } from './middleware.ts'
import { nearest } from './nearest.ts'
import { type Chat, type ChatInput, chat } from './operations/chat/index.ts'
import type { Operation, OperationRequest } from './operations/operation.ts'
import { checkOptions } from './options.ts'
import { type AnyProvider, allSpoken, type Catalog } from './providers/provider.ts'
import { Recent } from './recent.ts'
import type { Reply, StreamReply, WholeReply } from './reply.ts'
import { answering, sentOnce } from './resilience/attempt.ts'
import {
  type CircuitBreakerOptions,
  type CircuitSnapshot,
  type CircuitState,
  circuitBreaker,
  neverOpens,
} from './resilience/circuit-breaker.ts'
import type { Concurrency } from './resilience/concurrency.ts'
import type { Continuation } from './resilience/continuation.ts'
import { type Fallbacks, resilience } from './resilience/fallback.ts'
import { byPercentile, type HedgeOptions, resolveHedge } from './resilience/hedge.ts'
import { keyRest } from './resilience/key-rest.ts'
import { type RetryOptions, resolveRetry } from './resilience/retry.ts'
import { resolveTimeouts, type TimeoutOptions, timeout } from './resilience/timeout.ts'
import type { DeploymentInput } from './routing/deployment.ts'
import { createHolders } from './routing/held.ts'
import { locally } from './routing/locally.ts'
import type { Models as ModelsInput } from './routing/names.ts'
import { bothOf } from './routing/preferences.ts'
import { atItsLimit, isLimited } from './routing/provider-limits.ts'
import { createRouter, type Router } from './routing/route.ts'
import {
  createStatistics,
  type Statistics,
  type StatisticsSnapshot,
  type StatisticsSource,
} from './routing/statistics.ts'
import { prepared } from './routing/strategies/prepared.ts'
import { createMemory, createSelector } from './routing/strategies/selector.ts'
import { type Strategy, weightedShuffle } from './routing/strategies.ts'
import { type AsyncContext, defaultRuntime, failingNoCall, findContext, type Runtime } from './runtime.ts'
import { timeline } from './telemetry/timeline.ts'
import { type Trace, TraceRecorder } from './telemetry/trace.ts'
import { transport } from './transport.ts'

/** A model as applications name it, `provider/model`. Listed models complete; others of the provider work too. */
export type ModelId<P extends AnyProvider> = P extends AnyProvider
  ? `${P['id']}/${keyof P['models'] & string}` | (`${P['id']}/${string}` & {})
  : never

/** What model groups may be written as: literal names are checked, names from JSON are taken as they are. */
export type Groups<Models, P extends AnyProvider> = {
  readonly [Group in keyof Models]: Models[Group] extends readonly unknown[]
    ? GroupOf<Models[Group], P>
    : Models[Group] extends string
      ? string
      : never
}

type GroupOf<Group extends readonly unknown[], P extends AnyProvider> = {
  readonly [Index in keyof Group]: Group[Index] extends string
    ? string extends Group[Index]
      ? string
      : ModelId<P>
    : Group[Index] extends { readonly model: infer Name extends string }
      ? DeploymentInput<string extends Name ? string : ModelId<P>>
      : string | DeploymentInput
}

/** The names that a gateway serves: its groups, and its providers' models. */
export type ModelName<P extends AnyProvider, Models> = string extends keyof Models
  ? string
  : Pattern<keyof Models & string> | ModelId<P>

/** The names that a pattern stands for; any other name as it is, or sorted. */
type Pattern<Name extends string> = Name extends `${infer Before}*${infer After}`
  ? `${Before}${string}${After}`
  : Name | `${Name}:${'nitro' | 'floor'}`

/** Learns of each call when it has ended. What it throws is ignored. */
export type Sink = (trace: Trace) => void | Promise<void>

/** What a gateway is made of. Only `providers` must be said. */
export interface GatewayOptions<Providers extends readonly AnyProvider[], Models> {
  /** The providers that may serve, as rows of `zerohop/providers` or your own. */
  readonly providers: Providers
  /**
   * Names for groups of interchangeable deployments; other names for a group, `{ smart: 'fast' }`; and patterns, in which
   * `*` stands for the same in the name and in its deployments: `{ 'claude-*': ['anthropic/claude-*'] }`.
   */
  readonly models?: (Models & Groups<Models, Providers[number]>) | undefined
  /** What is known of models that no row lists, such as `zerohop/catalog`. @default the rows' own models */
  readonly catalog?: Catalog | undefined
  /** How to choose within a group. @default weightedShuffle() */
  readonly routing?: Strategy | undefined
  /**
   * Keeps statistics of deployments though no strategy asks for them; begins with what another gateway knew, as its
   * `statistics.snapshot()` gave it; or shares them with a fleet, by `sharedStatistics(…)`. @default where a strategy needs them
   */
  readonly statistics?: boolean | StatisticsSnapshot | StatisticsSource | undefined
  /** Who is to serve, and who is not: for all calls. A call may demand more, and never less. */
  readonly prefer?: Preferences | undefined
  /** The groups that step in for a group, by the kind of failure. */
  readonly fallback?: Fallbacks | undefined
  /** The most attempts of one call: retries, fallbacks and hedges together. @default 6 */
  readonly maxAttempts?: number | undefined
  readonly retry?: RetryOptions | undefined
  /** When to stop sending to a deployment that fails; `false` for never. */
  readonly breaker?: CircuitBreakerOptions | false | undefined
  /** Bounds how many calls are in flight: `concurrency({ limit: 20 })` @default no bound */
  readonly concurrency?: Concurrency | undefined
  readonly timeouts?: TimeoutOptions | undefined
  /** Ask another deployment too when the first has said nothing for so long. @default never */
  readonly hedge?: HedgeOptions | undefined
  /** `continuation()`: lets a stream that dies midway go on at another deployment. @default none: its reader is told */
  readonly continuation?: Continuation | undefined
  /** `cache(…)` @default none */
  readonly cache?: Slot | undefined
  /** `limits(…)` @default none */
  readonly limits?: LimitsSlot | undefined
  /** Called with the trace of each call when it has ended. */
  readonly telemetry?: readonly Sink[] | undefined
  /** On whose behalf a call is made that does not say so itself. Trusted code only: never an untrusted header. */
  readonly principal?: (() => Principal | undefined) | undefined
  /** Wire formats that `gateway.fetch` takes, beyond those of the providers. */
  readonly dialects?: readonly AnyDialect[] | undefined
  /** Middleware of your own around each call, outermost first. */
  readonly use?: readonly Middleware[] | undefined
  /** Middleware of your own around each attempt, outermost first. */
  readonly attempt?: readonly Middleware<Attempt>[] | undefined
  /**
   * Whose keys serve what comes by `gateway.fetch`. `'caller'`: a key in a request serves the provider whose host was
   * called, and answers are shared only among calls with that key. @default 'gateway': keys in requests are ignored
   */
  readonly credentials?: 'gateway' | 'caller' | undefined
  /**
   * Whether `gateway.fetch` hands on what no dialect reads, such as files and batches, to the provider whose host it is, with
   * the gateway's credential. Where others than your own code choose the address, say `false`. @default true
   */
  readonly passThrough?: boolean | undefined
  /** What `gateway.fetch` does with a host that is none of the providers'. @default 'refuse' */
  readonly unmatched?: 'refuse' | 'forward' | undefined
  /** The largest body that `gateway.fetch` takes, in bytes. @default 64 MiB */
  readonly maxBodySize?: number | undefined
  /** The seam to the world, where it is not the real one. */
  readonly runtime?: Partial<Runtime> | undefined
}

/** A chat request of an application, with what it says of the call itself. */
export type ChatCall<Model extends string, Object> = ChatInput<Model> &
  CallOptions & {
    /** Holds the answer to a schema (any Standard Schema, such as zod's), and gives it parsed as `reply.object`. */
    readonly schema?: StandardSchema<Object> | undefined
  }

/** One client for every provider, inside this process. */
export interface Gateway<Model extends string = string> {
  /** Asks a model. Rejects with a {@link GatewayError} only. */
  chat<Object = undefined>(call: ChatCall<Model, Object> & { readonly stream: true }): Promise<ChatStream<Object>>
  chat<Object = undefined>(
    call: ChatCall<Model, Object> & { readonly stream?: false | undefined },
  ): Promise<ChatReply<Object>>
  chat<Object = undefined>(call: ChatCall<Model, Object>): Promise<ChatReply<Object> | ChatStream<Object>>
  /** Makes vectors of texts. Only the same model ever steps in for a model: vectors of two do not compare. */
  embed(call: EmbeddingsInput<Model> & CallOptions): Promise<EmbeddingsReply>
  /** Orders documents by how relevant they are to a query. */
  rerank(call: RerankInput<Model> & CallOptions): Promise<RerankReply>
  /** Judges whether texts and pictures are harmful. */
  moderate(call: ModerateInput<Model> & CallOptions): Promise<ModerationReply>
  /** Counts the tokens of a chat request; estimates them where the provider has no such service. */
  countTokens(call: ChatInput<Model> & CallOptions): Promise<CountTokensReply>
  /** Makes images of a description, or changes images; with `stream`, shows them while they are made. */
  image(call: ImagesInput<Model> & CallOptions & { readonly stream: true }): Promise<ImagesStream>
  image(call: ImagesInput<Model> & CallOptions & { readonly stream?: false | undefined }): Promise<ImagesReply>
  image(call: ImagesInput<Model> & CallOptions): Promise<ImagesReply | ImagesStream>
  /** Makes speech of a text; with `stream`, as it is made. */
  speak(call: SpeechInput<Model> & CallOptions & { readonly stream: true }): Promise<SpeechStream>
  speak(call: SpeechInput<Model> & CallOptions & { readonly stream?: false | undefined }): Promise<SpeechReply>
  speak(call: SpeechInput<Model> & CallOptions): Promise<SpeechReply | SpeechStream>
  /** Writes down what is said; with `stream`, as it is understood. */
  transcribe(call: TranscriptionInput<Model> & CallOptions & { readonly stream: true }): Promise<TranscriptionStream>
  transcribe(
    call: TranscriptionInput<Model> & CallOptions & { readonly stream?: false | undefined },
  ): Promise<TranscriptionReply>
  transcribe(call: TranscriptionInput<Model> & CallOptions): Promise<TranscriptionReply | TranscriptionStream>
  /** A `fetch` for any provider's SDK, or for code that calls a provider by hand. */
  readonly fetch: GatewayFetch
  /** What an SDK's constructor needs: `new OpenAI(gateway.sdk())`. The SDK's own retries are off, for the gateway has its own. */
  sdk(): { readonly apiKey: string; readonly fetch: GatewayFetch; readonly maxRetries: 0 }
  /** The same gateway, on somebody's behalf. Fields add up: `gateway.with({ team }).with({ user })`. */
  with(principal: Principal): Gateway<Model>
  /** Runs `work` so that every call made in it, however deep, is on somebody's behalf. */
  run<T>(principal: Principal, work: () => T): T
  /** The trace of what {@link fetch} gave, or of a call that failed. Kept for the last 1,000 of them. */
  traceOf(source: GatewayError | { readonly headers: { get(name: string): string | null } }): Trace | undefined
  /** Who would serve a request, at what cost, who is left out and why. Sends nothing and consumes nothing. */
  explain(call: ChatCall<Model, unknown>): Promise<Explanation>
  /** Where the limits stand: `gateway.limits.status({ team })`, or of those on whose behalf this client is. */
  readonly limits: { status(principal?: Principal): Promise<readonly LimitStatus[]> }
  /** What has been seen of the deployments, where that is kept: by the option `statistics`, or for a strategy. */
  readonly statistics: Statistics & {
    /** All of it as plain JSON, for the option `statistics` of another gateway. */
    snapshot(): StatisticsSnapshot
    /** Adds what another gateway knew. */
    restore(snapshot: StatisticsSnapshot): void
  }
  /** The circuits of the deployments, as they stand, and a hand on them. */
  readonly breaker: {
    state(): readonly CircuitState[]
    /** Takes a deployment out, for good or for so long: nothing is sent there, not even as the last resort. */
    open(deployment: string, duration?: Duration): void
    /** Closes a circuit, whatever opened it, and forgets its failures. */
    close(deployment: string): void
    /** What is worth keeping as plain JSON, for `restore` of another gateway. */
    snapshot(): CircuitSnapshot
    restore(snapshot: CircuitSnapshot): void
  }
  /**
   * Changes who serves, at once, and for all clients of the gateway; what is not named stays. Calls under way go on as they
   * began. What is known of deployments stays: their circuits, resting keys and statistics. Throws
   * `invalid_configuration`, and changes nothing, when something is wrong.
   */
  update(changes: RoutesChange): void
  /** Resolves when everything that was begun in the background has ended. */
  flush(): Promise<void>
}

/** What of a gateway decides who serves. */
interface Routes {
  readonly providers: readonly AnyProvider[]
  readonly models?: ModelsInput | undefined
  readonly routing?: Strategy | undefined
  readonly fallback?: Fallbacks | undefined
  readonly prefer?: Preferences | undefined
}

/** What {@link Gateway.update} may change. */
export type RoutesChange = { readonly [Field in keyof Routes]?: Routes[Field] | undefined }

const changeable: readonly string[] = [
  'providers',
  'models',
  'routing',
  'fallback',
  'prefer',
] satisfies (keyof RoutesChange)[]

/** How many traces are kept for `traceOf`. */
const tracesKept = 1000

/** Makes a gateway. Starts nothing: no timer, no I/O, no random number. Throws `invalid_configuration` when an option is wrong. */
export function createGateway<const Providers extends readonly AnyProvider[], const Models = Record<never, never>>(
  options: GatewayOptions<Providers, Models>,
): Gateway<ModelName<Providers[number], Models>> {
  checkOptions(options)
  const { use = [], telemetry = [], maxAttempts = 6, maxBodySize = 64 * 1024 * 1024 } = options
  const runtime = failingNoCall({ ...defaultRuntime, ...options.runtime })
  const timeouts = resolveTimeouts(options.timeouts)

  const breaker = circuitBreaker(options.breaker === false ? neverOpens : options.breaker)
  const load = options.concurrency?.()
  const keys = keyRest()
  /** Whether any deployment has limits of its own by the minute. */
  let limited = false
  const health: Health = {
    suspects(now) {
      if (load || limited) return undefined
      const resting = keys.suspects(now)
      const open = breaker.suspects()
      if (!resting || open.size === 0) return resting
      return resting.size === 0 ? open : new Set([...open, ...resting])
    },
    blocked: (deployment, now) =>
      breaker.blocked(deployment, now) ?? (limited ? atItsLimit(deployment, statistics, now) : undefined),
    probing: breaker.probing,
    rest: keys.rest,
    lastLimited: keys.lastLimited,
    full: load?.full,
  }
  const holders = createHolders()
  /** What may be changed while the gateway serves: see `update`. */
  let routes: Routes = options as unknown as Routes
  const memory = createMemory()
  const { statistics: known } = options
  const statistics = createStatistics(
    runtime.now,
    Boolean(known || routes.routing?.observes || byPercentile(options.hedge)),
    typeof known === 'object' && 'join' in known ? known : undefined,
  )
  if (typeof known === 'object' && 'deployments' in known) statistics.restore(known)
  const slots: readonly Slot[] = [options.cache, options.limits].filter((slot) => slot !== undefined)

  function routerOf({ providers, models = {}, routing = weightedShuffle() }: Routes): Router {
    const made = createRouter({
      providers,
      models,
      selector: createSelector(routing, statistics, memory),
      health,
      holders,
      env: runtime.env,
      catalog: options.catalog,
    })
    for (const slot of slots) slot.check?.(made.deployments, runtime)
    limited = made.deployments.some(isLimited)
    if (limited) statistics.wanted = true
    return made
  }
  let router = routerOf(routes)

  const attempt = compose<Attempt>(
    [
      ...(load ? [load.middleware] : []),
      statistics.count,
      ...(options.attempt?.length ? [answering, ...options.attempt, sentOnce()] : []),
      ...slots.flatMap((slot) => slot.attempt ?? []),
      breaker.middleware,
      keys.middleware,
      holders.middleware,
      statistics.measure,
      timeout(timeouts),
    ],
    timeouts.floor?.hold ? (attempt) => transport(attempt, timeouts.floor) : transport,
  )
  const walk = {
    maxAttempts,
    isolated: runtime.isolated ?? false,
    retry: resolveRetry(options.retry),
    blocked: breaker.blocked,
    load,
    hedge: options.hedge && resolveHedge(options.hedge, statistics.toBegin),
    continuation: options.continuation,
  }
  /** A call goes through one to its end, whatever is changed meanwhile. */
  const pipelineOf = ({ find, plan }: Router, { fallback = {}, routing }: Routes): Next =>
    compose<Call>(
      [
        ...use,
        ...slots.flatMap((slot) => slot.call ?? []),
        locally(find),
        ...(routing?.prepare ? [prepared(routing.prepare, memory)] : []),
      ],
      resilience(plan, { ...walk, fallback }, attempt),
    )
  let pipeline = pipelineOf(router, routes)

  const circuits: Gateway['breaker'] = {
    state: () => breaker.state(runtime.now()),
    open(deployment, duration) {
      // One that no group names is found by its name, which is its id without the region.
      const named = [deployment, deployment.replace(/@[^@]*$/, '')]
      const known = [...router.deployments, ...named.flatMap((name) => router.find(name)?.deployments ?? [])]
      if (!known.some(({ id }) => id === deployment)) {
        throw new GatewayError(
          'invalid_request',
          `"${deployment}" is no deployment of this gateway.${nearest(
            deployment,
            router.deployments.map(({ id }) => id),
          )}`,
        )
      }
      const lasting = duration === undefined ? Number.POSITIVE_INFINITY : milliseconds(duration, 'duration')
      breaker.open(deployment, runtime.now(), lasting)
    },
    close: breaker.close,
    snapshot: () => breaker.snapshot(runtime.now()),
    restore: (snapshot) => breaker.restore(snapshot, runtime.now()),
  }

  const traces = new Recent<TraceRecorder>(tracesKept)
  const background = new Set<Promise<unknown>>()
  let context: AsyncContext | undefined
  /** What tells this gateway's calls apart from every other's. */
  let series = ''
  let calls = 0
  let debug: boolean | undefined

  function begin(
    operation: Operation,
    request: OperationRequest,
    callOptions: CallOptions,
    principal: Principal,
    wire?: string,
  ): Call {
    const now = runtime.now()
    const total = callOptions.timeout === undefined ? timeouts.total : milliseconds(callOptions.timeout, 'timeout')
    series ||= now.toString(36) + Math.floor(runtime.random() * 2 ** 32).toString(36)
    const id = `zh_${series}_${++calls}`
    for (const name of callOptions.fallback || []) {
      if (!router.find(name))
        throw new GatewayError('invalid_request', `fallback names "${name}", which is no group and no provider/model.`)
    }
    return {
      id,
      operation,
      request,
      principal,
      options: routes.prefer ? { ...callOptions, prefer: bothOf(routes.prefer, callOptions.prefer) } : callOptions,
      signal: callOptions.signal,
      deadline: now + total,
      unread: timeouts.unread,
      trace: new TraceRecorder(
        { id, operation: operation.id, model: request.model, principal, startedAt: now },
        runtime.now,
      ),
      runtime,
      wire,
      reservation: undefined,
    }
  }

  /** Serves a call, closes its trace however it ends, and shows what came of it. */
  async function serve<Shown>(
    call: Call,
    show: (reply: Reply, recorder: TraceRecorder) => Shown | Promise<Shown>,
  ): Promise<Shown> {
    const recorder = call.trace as TraceRecorder
    let reply: Reply
    try {
      reply = replyOf(await pipeline(call), 'use')
    } catch (cause) {
      const known = toGatewayError(cause)
      const error = amendError(known, {
        callId: call.id,
        attempts: recorder.failedAttempts,
        excluded: known.excluded.length > 0 ? known.excluded : recorder.excluded,
      })
      remember(recorder)
      close(recorder, {
        status: endOf(error),
        deployment: undefined,
        charge: undefined,
        response: undefined,
        error,
      })
      throw error
    }
    if (reply.kind === 'stream') {
      const stream = reply
      stream.onSettled((outcome) => close(recorder, outcome))
      // An attempt watches its own stream. One that came from elsewhere must not wait for ever for a reader either.
      if (!stream.deployment) stream.watchReader(runtime, timeouts.unread)
      runtime.waitUntil?.(reply.ended.catch(() => {}))
    } else {
      const { deployment, charge, response } = reply
      close(recorder, { status: 'completed', deployment, charge, response, error: undefined })
    }
    return show(reply, recorder)
  }

  function remember(recorder: TraceRecorder): void {
    traces.set(recorder.id, recorder)
  }

  function close(recorder: TraceRecorder, outcome: Parameters<TraceRecorder['settle']>[0]): void {
    recorder.settle(outcome)
    debug ??= runtime.env('ZEROHOP_DEBUG') === '1'
    if (debug) runtime.print(timeline(recorder.snapshot()))
    for (const sink of telemetry) keep(Promise.resolve(recorder.snapshot()).then(sink))
  }

  /** Lets work go on in the background. It never fails a reply. */
  function keep(work: Promise<unknown>): void {
    const quiet = work
      .catch((error: unknown) => {
        if (debug)
          runtime.print(`zerohop: a telemetry sink failed: ${error instanceof Error ? error.message : 'unknown'}`)
      })
      .finally(() => background.delete(quiet))
    background.add(quiet)
    runtime.waitUntil?.(quiet)
  }

  const doorOf = (providers: readonly AnyProvider[]) =>
    createFetchDoor({
      dialects: [
        ...new Set([
          ...providers.flatMap(allSpoken).map(({ dialect }) => dialect as AnyDialect),
          ...(options.dialects ?? []),
        ]),
      ],
      providers,
      knows: (name) => router.find(name)?.kind,
      maxBodySize,
      callersKeys: options.credentials === 'caller',
      passes: options.passThrough !== false,
      forward: options.unmatched === 'forward' ? (request) => forward(request, runtime) : undefined,
      remember,
    })
  let fetchDoor = doorOf(routes.providers)

  function client(own: Principal | undefined): Gateway {
    /** What the call says counts most, then `run`, then the gateway's `principal`. */
    const principal = (): Principal => {
      const carried = (runtime.context ?? context)?.getStore() as Principal | undefined
      if (carried) return { ...carried, ...own }
      return own ?? options.principal?.() ?? {}
    }

    let door = fetchDoor
    const open = (): GatewayFetch =>
      door((operation, request, callOptions, wire) =>
        serve(begin(operation, request, callOptions, principal(), wire), (reply, recorder) => ({ reply, recorder })),
      )
    let opened = open()
    const gatewayFetch: GatewayFetch = (input, init) => {
      if (door !== fetchDoor) {
        door = fetchDoor
        opened = open()
      }
      return opened(input, init)
    }

    /** Not async, for `serve` is: what is wrong with a request rejects all the same. */
    function ask<Object>(input: ChatCall<string, Object>): Promise<ChatReply<Object> | ChatStream<Object>> {
      try {
        const { options, rest } = partOptions(input ?? {})
        const { schema } = rest
        const call = begin(chat, chatRequest(rest, schema), options, principal())
        return serve(call, (reply, recorder) =>
          reply.kind === 'stream'
            ? new Stream(reply as unknown as StreamReply<Chat>, recorder, schema)
            : chatReply(reply as WholeReply<Chat>, recorder, schema),
        )
      } catch (cause) {
        return Promise.reject(toGatewayError(cause))
      }
    }

    /** The method of an operation that answers whole. */
    const asking = <O extends Operation, Input, Shown, Streamed>({
      operation,
      request,
      reply: show,
      stream,
    }: Ask<O, Input, Shown, Streamed>) =>
      async function ask(input: Input & CallOptions): Promise<Shown | Streamed> {
        let asked: ReturnType<typeof request>
        let call: Call
        try {
          const { options: said, rest } = partOptions(input ?? {})
          asked = request(rest as Input)
          call = begin(operation, asked, said, principal())
        } catch (cause) {
          throw toGatewayError(cause)
        }
        return serve<Shown | Streamed>(call, (reply, recorder) => {
          if (reply.kind === 'whole') return show(reply.response as ResponseOf<O>, recorder, asked)
          if (stream) return stream(reply as unknown as StreamReply<O>, recorder)
          throw new GatewayError('internal', `A whole ${operation.id} was streamed.`)
        })
      }

    return {
      chat: ask as Gateway['chat'],
      embed: asking(embed),
      rerank: asking(rerank),
      moderate: asking(moderate),
      countTokens: asking(countTokens),
      image: asking(image) as Gateway['image'],
      speak: asking(speak) as Gateway['speak'],
      transcribe: asking(transcribe) as Gateway['transcribe'],
      fetch: gatewayFetch,
      sdk: () => ({ apiKey: 'zerohop', fetch: gatewayFetch, maxRetries: 0 }),
      with(more) {
        if (typeof more === 'object' && more !== null) return client({ ...own, ...more })
        throw new GatewayError(
          'invalid_request',
          `with() takes an object such as { team, user }, not ${more === null ? 'null' : `a ${typeof more}`}.`,
        )
      },
      run(principal, work) {
        const carrier = (runtime.context ?? (context ??= findContext())) as AsyncContext | undefined
        if (!carrier) {
          throw new GatewayError(
            'unsupported',
            'gateway.run needs an AsyncLocalStorage, which this runtime has only by import: give runtime: { context: new AsyncLocalStorage() }, or use gateway.with.',
          )
        }
        return carrier.run({ ...(carrier.getStore() as Principal | undefined), ...principal }, work)
      },
      traceOf(source) {
        const id = 'headers' in source ? source.headers.get('x-zerohop-call') : source.callId
        return traces.get(id ?? '')?.snapshot()
      },
      async explain(input) {
        const { options: said, rest } = partOptions(input ?? {})
        return explain(begin(chat, chatRequest(rest, rest.schema), said, principal()), router, routes.fallback ?? {})
      },
      limits: { status: async (whom) => options.limits?.status(whom ?? principal()) ?? [] },
      statistics,
      breaker: circuits,
      update(changes) {
        for (const name of Object.keys(changes)) {
          if (changeable.includes(name)) continue
          const remedy = nearest(name, changeable)
          throw new GatewayError('invalid_configuration', `gateway.update changes no ${name}.${remedy}`)
        }
        const next: Routes = { ...routes, ...changes, providers: changes.providers ?? routes.providers }
        checkOptions({ ...options, ...next })
        const made = routerOf(next)
        if (next.providers !== routes.providers) fetchDoor = doorOf(next.providers)
        routes = next
        router = made
        pipeline = pipelineOf(router, routes)
        if (routes.routing?.observes) statistics.wanted = true
      },
      async flush() {
        await breaker.flush()
        await statistics.flush()
        await Promise.all(slots.map((slot) => slot.flush?.()))
        while (background.size > 0) await Promise.all(background)
      },
    }
  }

  return client(undefined) as Gateway<ModelName<Providers[number], Models>>
}
