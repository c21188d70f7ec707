import * as z from 'zod/mini'
import { errorTraits, GatewayError } from './errors.ts'
import { nearest } from './nearest.ts'

interface Checked {
  readonly providers: readonly { readonly id: string }[]
  readonly models?: Readonly<Record<string, string | readonly unknown[]>> | undefined
  readonly fallback?:
    | Readonly<Record<string, Readonly<Record<string, readonly string[]>> | readonly string[] | undefined>>
    | undefined
}

/** Checks what a gateway is made of, once. Throws `invalid_configuration`, naming each wrong value and the remedy. */
export function checkOptions(options: unknown): void {
  schemas ??= createSchemas()
  // `breaker: false` is no object, and all else that is said of it is better checked as one.
  const { breaker } = (options ?? {}) as { readonly breaker?: unknown }
  check(schemas.gateway, breaker === false ? { ...(options as object), breaker: undefined } : options, '')
  const { providers, models = {}, fallback = {} } = options as Checked
  for (const [index, row] of providers.entries()) check(schemas.provider, row, `providers.${index}`)
  for (const [group, deployments] of Object.entries(models)) {
    if (typeof deployments === 'string' && deployments !== '') continue
    if (!Array.isArray(deployments) || deployments.length === 0) {
      const at = `models.${group}`
      fail(
        `${at} ${shown(at, deployments)}: it must be a list of at least one deployment, or the name of another group.`,
      )
    }
    for (const [index, entry] of deployments.entries()) {
      if (typeof entry !== 'string') check(schemas.deployment, entry, `models.${group}.${index}`)
    }
  }

  const ids = providers.map(({ id }) => id)
  checkPatterns(models, ids)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) {
    fail(
      `providers has two rows with the id "${twice}". Give one a name of its own: provider(row, { id: '${twice}-2' }).`,
    )
  }
  const isModel = (name: string): boolean => {
    const slash = name.indexOf('/')
    return ids.includes(name.slice(0, Math.max(slash, 0))) && slash < name.length - 1
  }
  const known = (name: string): boolean =>
    Object.hasOwn(models, name) ||
    isModel(name) ||
    Object.keys(models).some((key) => fits(key, name)) ||
    (/:(nitro|floor)$/.test(name) && known(name.slice(0, name.lastIndexOf(':'))))
  for (const [alias, target] of Object.entries(models)) {
    if (typeof target !== 'string') continue
    if (target === alias || !known(alias.includes('*') ? target.replace('*', 'x') : target)) {
      fail(
        `models.${alias} is another name for "${target}", which means nothing here.${nearest(target, Object.keys(models))}`,
      )
    }
  }
  for (const [list, entries] of Object.entries(fallback)) {
    const groups = Array.isArray(entries) ? [[undefined, entries] as const] : Object.entries(entries ?? {})
    for (const [group, substitutes] of groups) {
      for (const name of group === undefined ? substitutes : [group, ...substitutes]) {
        if (!known(name)) {
          fail(
            `fallback.${list} names "${name}", which is no group and no provider/model of this gateway.${nearest(name, Object.keys(models))}`,
          )
        }
      }
      if (group !== undefined && substitutes.includes(group)) {
        fail(`fallback.${list}.${group} names "${group}" itself: a group does not step in for itself. Leave it out.`)
      }
      const repeated = substitutes.find((name: string, index: number) => substitutes.indexOf(name) !== index)
      if (repeated !== undefined) {
        fail(`fallback.${list}${group === undefined ? '' : `.${group}`} names "${repeated}" twice. Each is asked once.`)
      }
    }
  }
}

/** Checks what only patterns may have, and what of them would be found out by a call. */
function checkPatterns(models: NonNullable<Checked['models']>, ids: readonly string[]): void {
  for (const [name, list] of Object.entries(models)) {
    const stars = name.split('*').length - 1
    if (stars > 1) fail(`models.${name} has more than one *. A pattern has one, and its deployments have the same.`)
    if (typeof list === 'string') continue
    for (const [index, entry] of list.entries()) {
      const model = typeof entry === 'string' ? entry : (entry as { readonly model: string }).model
      const at = `models.${name}.${index}${typeof entry === 'string' ? '' : '.model'} is "${model}"`
      if (stars === 0 && model.includes('*')) fail(`${at}, and ${name} has no * that it could stand for.`)
      const [id = '', rest] = model.split('/')
      if (stars === 0 || id.includes('*') || (rest && ids.includes(id))) continue
      fail(`${at}, which is no provider/model of this gateway. Its providers are: ${ids.join(', ')}.`)
    }
  }
}

/** Whether a name is one of those that a pattern stands for. */
function fits(pattern: string, name: string): boolean {
  const [before = '', after] = pattern.split('*')
  if (after === undefined || name.length <= before.length + after.length) return false
  return name.startsWith(before) && name.endsWith(after)
}

type Schema = ReturnType<typeof createSchemas>['gateway' | 'provider' | 'deployment']

let schemas: ReturnType<typeof createSchemas> | undefined

/** Makes the schemas when the first gateway is made: to import the library costs nothing of it. */
function createSchemas() {
  /** A value that passes a test. Its message is what it must be. */
  const is = <T>(wanted: string, test: (value: T) => boolean) =>
    z.custom<T>(test as (value: unknown) => boolean, wanted)
  const optional = <T>(wanted: string, test: (value: T) => boolean) => z.optional(is(wanted, test))

  const isText = (value: unknown): boolean => typeof value === 'string'
  const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
  const isList = (value: unknown): boolean => Array.isArray(value) && value.length > 0
  const isFunction = (value: unknown): boolean => typeof value === 'function'
  const isFunctions = (value: unknown): boolean => Array.isArray(value) && value.every(isFunction)

  const callable = optional('a function', isFunction)
  const callables = optional('a list of functions', isFunctions)
  /** A text with a number in it is none: it would be added up as a text. */
  const optionalNumber = (wanted: string, test: (value: number) => boolean) =>
    optional<unknown>(wanted, (value) => typeof value === 'number' && test(value))
  const amount = optionalNumber('a number from 0', (value) => value >= 0)
  const count = optional('a whole number from 0', (value: number) => Number.isInteger(value) && value >= 0)
  const above0 = optionalNumber('a number above 0', (value) => value > 0)
  const share = optionalNumber('a share from 0 to 1', (value) => value >= 0 && value <= 1)
  const countFrom1 = optional('a whole number from 1', (value: number) => Number.isInteger(value) && value > 0)
  const countOrNever = optional(
    'a whole number from 1, or Infinity',
    (value: number) => value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 0),
  )
  const duration = optional("milliseconds, or a number with a unit such as '30s'", (value: number | string) =>
    typeof value === 'number' ? value >= 0 : /^\d+(\.\d+)?(ms|s|m|h|d)$/.test(String(value)),
  )
  const substitutes = optional(
    'groups, each with a list of groups',
    (value: object) => isObject(value) && Object.values(value).every(isTexts),
  )
  const slot = (maker: string) =>
    optional(
      `what ${maker}(…) gives`,
      (value: { call: unknown; attempt: unknown }) =>
        isObject(value) && (isFunction(value.call) || isFunction(value.attempt)),
    )
  const object = optional('an object', isObject)

  const texts = optional('a list of texts', isTexts)
  const flag = optional('true or false', (value) => typeof value === 'boolean')
  const prefer = z.optional(
    z.strictObject({
      order: texts,
      only: texts,
      ignore: texts,
      sort: optional("'price', 'latency' or 'throughput'", (value: string) =>
        ['price', 'latency', 'throughput'].includes(value),
      ),
      allowFallbacks: flag,
      maxPrice: z.optional(z.strictObject({ input: amount, output: amount, request: amount })),
      tags: texts,
      regions: texts,
      quantizations: texts,
      zeroRetention: flag,
      noTraining: flag,
      deprecated: flag,
    }),
  )

  const gateway = z.strictObject({
    providers: is('a list of at least one provider', isList),
    // Each group is looked at by itself, to be named.
    models: optional('an object of groups', (value: object) => isObject(value) && !Array.isArray(value)),
    catalog: optional(
      'what zerohop/catalog gives',
      (value: { lookup: unknown }) => isObject(value) && isFunction(value.lookup),
    ),
    prefer,
    routing: callable,
    fallback: z.optional(
      z.strictObject({
        general: substitutes,
        contextWindow: substitutes,
        contentPolicy: substitutes,
        overBudget: substitutes,
        default: optional('a list of groups', isTexts),
      }),
    ),
    maxAttempts: countFrom1,
    retry: z.optional(
      z.strictObject({
        limit: count,
        codes: z.optional(
          z.strictObject({
            rate_limited: count,
            provider_overloaded: count,
            provider_unavailable: count,
            invalid_response: count,
            timed_out: count,
            empty_response: count,
          }),
        ),
        backoff: callable,
        maxRetryAfter: duration,
        when: callable,
      }),
    ),
    breaker: z.optional(
      z.strictObject({
        errorRatio: share,
        minimumCalls: countOrNever,
        window: duration,
        calendar: optional('true or false', (value) => typeof value === 'boolean'),
        consecutiveFailures: countOrNever,
        opensOn: optional(
          'a list of error codes',
          (value: readonly string[]) => isTexts(value) && value.every((code) => Object.hasOwn(errorTraits, code)),
        ),
        cooldown: duration,
        maxCooldown: duration,
        onChange: callable,
        fleet: optional('what fleet(…) gives', isFunction),
      }),
    ),
    concurrency: optional('what concurrency(…) gives', isFunction),
    timeouts: z.optional(
      z.strictObject({
        firstToken: duration,
        idle: duration,
        total: duration,
        unread: duration,
        minThroughput: z.optional(
          z.strictObject({
            tokens: amount,
            bytes: amount,
            over: duration,
            hold: optional('true or false', (value) => typeof value === 'boolean'),
          }),
        ),
      }),
    ),
    hedge: z.optional(
      z.strictObject({
        after: is(
          "milliseconds, a number with a unit such as '2s', or a percentile such as 'p95'",
          (value: number | string) =>
            typeof value === 'number'
              ? value >= 0
              : /^(\d+(\.\d+)?(ms|s|m|h|d)|p[1-9]\d?(\.\d+)?)$/.test(String(value)),
        ),
        untilKnown: duration,
        maxShare: share,
      }),
    ),
    continuation: optional(
      'what continuation(…) gives',
      (value: { follow: unknown }) => isObject(value) && isFunction(value.follow),
    ),
    cache: slot('cache'),
    limits: slot('limits'),
    statistics: optional(
      'true, what gateway.statistics.snapshot() gave, or what sharedStatistics(…) gives',
      (value: { deployments: unknown; join: unknown }) =>
        typeof value === 'boolean' || (isObject(value) && (isObject(value.deployments) || isFunction(value.join))),
    ),
    telemetry: callables,
    principal: callable,
    dialects: optional('a list of dialects', (value: unknown[]) => Array.isArray(value) && value.every(isObject)),
    use: callables,
    attempt: callables,
    maxBodySize: countFrom1,
    credentials: optional("'gateway' or 'caller'", (value) => value === 'gateway' || value === 'caller'),
    passThrough: flag,
    unmatched: optional("'refuse' or 'forward'", (value) => value === 'refuse' || value === 'forward'),
    runtime: z.optional(
      z.strictObject({
        fetch: callable,
        now: callable,
        random: callable,
        timer: callable,
        env: callable,
        digest: callable,
        waitUntil: callable,
        isolated: optional('true or false', (value) => typeof value === 'boolean'),
        context: object,
        print: callable,
      }),
    ),
  })

  const isKey = (value: unknown): boolean => isText(value) && value !== ''
  const key = optional(
    'a key, a list of keys, or a function',
    (value: unknown) =>
      isKey(value) || (Array.isArray(value) && value.length > 0 && value.every(isKey)) || isFunction(value),
  )

  const anything = z.optional(z.unknown())
  // Strict, for a `baseUrl` would leave the address as it is, and send there what was meant for another.
  const provider = z.strictObject({
    id: is('a name without slash', (value) => typeof value === 'string' && /^[^/\s]+$/.test(value)),
    baseURL: is(
      'an http(s) address without a slash at its end',
      (value) => typeof value === 'string' && /^https?:\/\/[^/].*[^/]$/.test(value),
    ),
    auth: is(
      '{ scheme, env }',
      (value: { scheme: unknown; env: unknown }) =>
        isObject(value) &&
        isFunction(value.scheme) &&
        Array.isArray(value.env) &&
        value.env.every((names: unknown) => isText(names) || isTexts(names)),
    ),
    operations: is(
      '{ chat: { dialect } }, or other operations',
      (value: Record<string, { dialect: unknown } | undefined>) =>
        isObject(value) && Object.values(value).every((spoken) => spoken === undefined || isObject(spoken.dialect)),
    ),
    models: is('an object of models', isObject),
    apiKey: key,
    settings: anything,
    given: anything,
    headers: object,
    idempotencyHeader: optional('a text', isText),
    slashes: flag,
    region: optional('a text', isText),
    fetch: callable,
    zeroRetention: flag,
    noTraining: flag,
    dataTerms: anything,
    known: anything,
    variantOf: anything,
    source: anything,
  })

  const deployment = z.strictObject({
    model: is('a text, provider/model', isText),
    is: optional('a text, provider/model', isText),
    weight: amount,
    order: optionalNumber('a number', (value) => !Number.isNaN(value)),
    label: optional('a text', isText),
    tags: texts,
    quantization: optional('a text', isText),
    limits: z.optional(z.strictObject({ requestsPerMinute: above0, tokensPerMinute: above0, concurrent: countFrom1 })),
    apiKey: key,
    facts: object,
  })

  return { gateway, provider, deployment }
}

function check(schema: Schema, value: unknown, at: string): void {
  const result = schema.safeParse(value)
  if (result.success) return
  fail(
    result.error.issues
      .map((issue) => {
        const path = [at, ...issue.path].filter((step) => step !== '').join('.')
        if (issue.code === 'unrecognized_keys') {
          const where = path === '' ? '' : `${path}.`
          return issue.keys
            .map((key) => `Unknown option ${where}${key}.${nearest(key, keysAt(schema, issue.path))}`)
            .join(' ')
        }
        const wanted = issue.code === 'custom' ? issue.message : 'an object of options'
        return `${path || 'The options'} ${shown(path, valueAt(value, issue.path))}: ${path ? 'it' : 'they'} must be ${wanted}.`
      })
      .join(' '),
  )
}

function fail(problem: string): never {
  throw new GatewayError('invalid_configuration', problem)
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((node, step) => (node as Record<PropertyKey, unknown> | undefined)?.[step], value)
}

/** The options that are known at a path. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  interface Node {
    readonly def: { readonly shape?: Record<PropertyKey, Node>; readonly innerType?: Node }
  }
  let node = schema as Node | undefined
  for (const step of path) {
    const inner: Node | undefined = node?.def.shape?.[step]
    node = inner?.def.innerType ?? inner
  }
  return Object.keys(node?.def.shape ?? {})
}

/** Texts that are no secrets. Any other may be a key that was put in the wrong place. */
const harmless = /^(maxAttempts|maxBodySize|retry|breaker|timeouts|hedge)\b|\.(baseURL|weight|order)$/

/** A wrong value as an error may show it. */
function shown(path: string, value: unknown): string {
  if (value === undefined) return 'is missing'
  if (Array.isArray(value)) return value.length === 0 ? 'is an empty list' : 'is a list'
  if (typeof value === 'string' && !harmless.test(path)) return value === '' ? 'is empty' : 'is a text'
  if (typeof value === 'object' && value !== null) return 'is an object'
  if (typeof value === 'function') return 'is a function'
  // JSON has no word for NaN, and none for a BigInt.
  return `is ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`
}
