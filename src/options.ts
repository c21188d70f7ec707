import * as z from 'zod/mini'
import { GatewayError } from './errors.ts'

interface Checked {
  readonly providers: readonly { readonly id: string }[]
  readonly models?: Readonly<Record<string, readonly unknown[]>> | undefined
  readonly fallback?: Readonly<Record<string, Readonly<Record<string, readonly string[]>> | undefined>> | undefined
}

/** Checks what a gateway is made of, once. Throws `invalid_configuration`, naming each wrong value and the remedy. */
export function checkOptions(options: unknown): void {
  schemas ??= createSchemas()
  const result = schemas.gateway.safeParse(options)
  if (!result.success) fail(result.error.issues.map((issue) => describe(issue, options)))

  const { providers, models = {}, fallback = {} } = options as Checked
  const ids = providers.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) {
    fail([
      `providers has two rows with the id "${twice}". Give one a name of its own: provider(row, { id: '${twice}-2' }).`,
    ])
  }
  const known = (name: string): boolean => name in models || ids.includes(name.split('/')[0]!)
  for (const [list, entries] of Object.entries(fallback)) {
    for (const [group, substitutes] of Object.entries(entries ?? {})) {
      for (const name of [group, ...substitutes]) {
        if (!known(name))
          fail([
            `fallback.${list} names "${name}", which is no group and no provider/model of this gateway.${nearest(name, Object.keys(models))}`,
          ])
      }
    }
  }
}

/** Makes the schema of the options when the first gateway is made: to import the library costs nothing of it. */
function createSchemas() {
  const callable = z.custom<(...input: never) => unknown>((value) => typeof value === 'function', 'a function')
  const count = z.number().check(z.int(), z.gte(0))
  const duration = z.union([
    z.number().check(z.gte(0)),
    z.string().check(z.regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, "milliseconds, or a number with a unit such as '30s'")),
  ])
  const names = z.record(z.string(), z.array(z.string()))
  const object = z.looseObject({})
  const slot = z.custom<object>(
    (value) => typeof value === 'object' && value !== null,
    'what cache(…) or limits(…) gives',
  )
  const optional = z.optional

  const provider = z.looseObject({
    id: z.string().check(z.regex(/^[^/\s]+$/, 'a name without slash')),
    baseURL: z
      .string()
      .check(
        z.refine(
          (url) => /^https?:\/\/[^/]+/.test(url) && !url.endsWith('/'),
          'an http(s) address without a slash at its end',
        ),
      ),
    auth: z.looseObject({ scheme: callable, env: z.array(z.string()) }),
    operations: z.looseObject({ chat: z.looseObject({ dialect: object }) }),
    models: z.record(z.string(), object),
  })

  const deployment = z.strictObject({
    model: z.string(),
    is: optional(z.string()),
    weight: optional(z.number().check(z.gte(0))),
    order: optional(z.number()),
    label: optional(z.string()),
    apiKey: optional(z.union([z.string(), z.array(z.string()), callable])),
    facts: optional(object),
  })

  const gateway = z.strictObject({
    providers: z.array(provider).check(z.minLength(1, 'at least one provider')),
    models: optional(
      z.record(z.string(), z.array(z.union([z.string(), deployment])).check(z.minLength(1, 'at least one deployment'))),
    ),
    routing: optional(callable),
    fallback: optional(
      z.strictObject({
        general: optional(names),
        contextWindow: optional(names),
        contentPolicy: optional(names),
        overBudget: optional(names),
      }),
    ),
    maxAttempts: optional(count.check(z.gte(1))),
    retry: optional(
      z.strictObject({
        limit: optional(count),
        backoff: optional(callable),
        maxRetryAfter: optional(z.number().check(z.gte(0))),
      }),
    ),
    breaker: optional(
      z.strictObject({
        errorRatio: optional(z.number().check(z.gte(0), z.lte(1))),
        minimumCalls: optional(count),
        window: optional(duration),
        consecutiveFailures: optional(count.check(z.gte(1))),
        cooldown: optional(duration),
        maxCooldown: optional(duration),
      }),
    ),
    timeouts: optional(
      z.strictObject({
        firstToken: optional(duration),
        idle: optional(duration),
        total: optional(duration),
        unread: optional(duration),
      }),
    ),
    hedge: optional(z.strictObject({ after: duration })),
    cache: optional(slot),
    limits: optional(slot),
    telemetry: optional(z.array(callable)),
    principal: optional(callable),
    dialects: optional(z.array(object)),
    use: optional(z.array(callable)),
    attempt: optional(z.array(callable)),
    maxBodySize: optional(z.number().check(z.gte(1))),
    runtime: optional(
      z.strictObject({
        fetch: optional(callable),
        now: optional(callable),
        random: optional(callable),
        timer: optional(callable),
        env: optional(callable),
        digest: optional(callable),
        waitUntil: optional(callable),
        isolated: optional(z.boolean()),
        context: optional(object),
        print: optional(callable),
      }),
    ),
  })

  return { gateway, deployment }
}

let schemas: ReturnType<typeof createSchemas> | undefined

function fail(problems: readonly string[]): never {
  throw new GatewayError('invalid_configuration', problems.join(' '))
}

type Issue = z.core.$ZodIssue

function describe(issue: Issue, options: unknown): string {
  const path = issue.path.join('.') || 'createGateway'
  const value = issue.path.reduce<unknown>(
    (node, step) => (node as Record<PropertyKey, unknown> | undefined)?.[step as PropertyKey],
    options,
  )
  if (issue.code === 'unrecognized_keys') {
    const where = issue.path.length > 0 ? `${path}.` : ''
    const allowed = Object.keys(shapeAt(issue.path) ?? {})
    return issue.keys.map((key) => `Unknown option ${where}${key}.${nearest(key, allowed)}`).join(' ')
  }
  if (issue.code === 'invalid_union' && issue.errors[0]) {
    const [deepest] = [...issue.errors].sort((a, b) => depth(b) - depth(a))
    const inner = deepest?.[0]
    if (inner && inner.path.length > 0)
      return describe({ ...inner, path: [...issue.path, ...inner.path] } as Issue, options)
  }
  const wanted =
    issue.code === 'invalid_type'
      ? `it must be ${article(issue.expected)}`
      : `it must be ${issue.message.replace(/^Invalid input(: )?/, '') || 'something else'}`
  return `${path} is ${shown(issue.path, value)}: ${wanted}.`
}

function depth(issues: readonly { readonly path: readonly PropertyKey[] }[]): number {
  return Math.max(0, ...issues.map(({ path }) => path.length + 1))
}

/** The options that are known at a path. */
function shapeAt(path: readonly PropertyKey[]): Record<string, unknown> | undefined {
  if (path[0] === 'models') return schemas?.deployment.def.shape
  let node: unknown = schemas?.gateway
  for (const step of path) {
    const inner = (node as { def?: { shape?: Record<PropertyKey, unknown>; innerType?: unknown } }).def
    node = (inner?.shape ?? (inner?.innerType as { def?: { shape?: Record<PropertyKey, unknown> } })?.def?.shape)?.[
      step
    ]
  }
  const { def } = node as {
    def?: { shape?: Record<string, unknown>; innerType?: { def?: { shape?: Record<string, unknown> } } }
  }
  return def?.shape ?? def?.innerType?.def?.shape
}

/** A wrong value as an error may show it: never one that might be a key. */
function shown(path: readonly PropertyKey[], value: unknown): string {
  if (value === undefined) return 'missing'
  if (path.includes('apiKey')) return `a ${typeof value}`
  return typeof value === 'function' ? 'a function' : (JSON.stringify(value)?.slice(0, 80) ?? typeof value)
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}

/** "Did you mean …?", when one of the allowed names is near. */
export function nearest(name: string, allowed: readonly string[]): string {
  const [best] = allowed
    .map((other) => [distance(name.toLowerCase(), other.toLowerCase()), other] as const)
    .sort(([a], [b]) => a - b)
  if (best && best[0] <= Math.max(2, name.length / 2)) return ` Did you mean ${best[1]}?`
  return allowed.length > 0 ? ` Known are: ${allowed.join(', ')}.` : ''
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}
