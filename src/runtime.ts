/** A `fetch`, as far as the gateway uses it. Every runtime's own fits, though their types differ. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>

export interface FetchInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string | ArrayBuffer | FormData | Blob | ReadableStream | null
  /** What the platform asks for where the body is a stream. */
  readonly duplex?: 'half'
  readonly signal?: AbortSignal
  readonly redirect?: 'manual'
}

/** The part of a `Response` that the gateway reads. */
export interface FetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null; forEach(visit: (value: string, name: string) => void): void }
  readonly body: ReadableStream<Uint8Array> | null
  text(): Promise<string>
  arrayBuffer(): Promise<ArrayBuffer>
}

/** Everything the gateway asks of the world. Tests replace it; nothing else touches time, chance or the network. */
export interface Runtime {
  readonly fetch: Fetch
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** From 0 to below 1. */
  readonly random: () => number
  /** Calls `callback` once after `ms` milliseconds, unless the returned function is called before. */
  readonly timer: (ms: number, callback: () => void) => () => void
  /** An environment variable, or undefined. */
  readonly env: (name: string) => string | undefined
  /** SHA-256, as lower-case hexadecimal. */
  readonly digest: (text: string) => string | Promise<string>
  /** Keeps a serverless runtime alive until the promise has ended: `ctx.waitUntil` on workerd and its like. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined
  /** Work of one request must not wait on another's, as on Cloudflare's workerd. Found by itself. */
  readonly isolated?: boolean | undefined
  /** Carries the principal of `gateway.run` through asynchronous code: an `AsyncLocalStorage`. Found by itself on Node, Bun and Deno. */
  readonly context?: AsyncContext | undefined
  /** Prints a line of `ZEROHOP_DEBUG=1`. */
  readonly print: (line: string) => void
}

/** The part of `AsyncLocalStorage` that `gateway.run` needs. */
export interface AsyncContext {
  run<T>(value: unknown, work: () => T): T
  getStore(): unknown
}

interface HostProcess {
  readonly versions?: { readonly node?: string; readonly bun?: string; readonly deno?: string }
  readonly env?: Readonly<Record<string, string | undefined>>
  getBuiltinModule?(name: string): unknown
}

const host = (): HostProcess | undefined => (globalThis as { process?: HostProcess }).process

/** The longest that platforms wait, in milliseconds: asked for longer, as for ever, they ring at once. */
const longestTimer = 2 ** 31 - 1

/** One timer after another. */
function longTimer(ms: number, callback: () => void): () => void {
  let cancel: () => void
  const wait = (left: number): void => {
    cancel = defaultRuntime.timer(
      Math.min(left, longestTimer),
      left > longestTimer ? () => wait(left - longestTimer) : callback,
    )
  }
  wait(ms)
  return () => cancel()
}

/** The runtime that this code finds itself on. */
export const defaultRuntime: Runtime = {
  fetch: (url, init) => globalThis.fetch(url, init as RequestInit) as unknown as Promise<FetchResponse>,
  now: () => Date.now(),
  random: () => Math.random(),
  timer(ms, callback) {
    if (ms > longestTimer) return longTimer(ms, callback)
    const id = setTimeout(callback, ms)
    return () => clearTimeout(id)
  },
  env: (name) => host()?.env?.[name],
  digest: (text) => (nativeDigest === undefined ? (nativeDigest = findDigest()) : nativeDigest)(text),
  get isolated() {
    return (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent === 'Cloudflare-Workers'
  },
  print: (line) => console.error(line),
}

/** A runtime of which what only listens, and throws, fails no call: a `print` that cannot, a `waitUntil` whose request is over. */
export function failingNoCall(runtime: Runtime): Runtime {
  const { waitUntil, env } = runtime
  const print = (line: string): void => {
    try {
      runtime.print(line)
    } catch {
      // There is nobody left to tell.
    }
  }
  return {
    ...runtime,
    print,
    waitUntil:
      waitUntil &&
      ((work) => {
        try {
          waitUntil.call(runtime, work)
        } catch (error) {
          if (env('ZEROHOP_DEBUG') === '1')
            print(`zerohop: runtime.waitUntil failed: ${error instanceof Error ? error.message : 'unknown'}`)
        }
      }),
  }
}

/** Whether this is Node itself, and none of those that are like it. */
export function isNode(): boolean {
  if (onNode === undefined) {
    const { node, bun, deno } = host()?.versions ?? {}
    onNode = node !== undefined && bun === undefined && deno === undefined && !defaultRuntime.isolated
  }
  return onNode
}

let onNode: boolean | undefined

let nativeDigest: Runtime['digest'] | undefined

interface NodeCrypto {
  hash?(algorithm: string, text: string): string
  createHash?(algorithm: string): { update(text: string): { digest(form: 'hex'): string } }
}

// node:crypto is eleven times as fast as WebCrypto for a request of 1 kB, and answers at once.
function findDigest(): Runtime['digest'] {
  const crypto = builtin<NodeCrypto>('node:crypto')
  // In one shot where Node is new enough: that is faster once more.
  if (crypto?.hash) return (text) => crypto.hash!('sha256', text)
  if (crypto?.createHash) return (text) => crypto.createHash!('sha256').update(text).digest('hex')
  return async (text) => {
    const bytes = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  }
}

/** Makes an `AsyncLocalStorage` where the runtime has one without an import. */
export function findContext(): AsyncContext | undefined {
  const hooks = builtin<{ AsyncLocalStorage?: new () => AsyncContext }>('node:async_hooks')
  return hooks?.AsyncLocalStorage && new hooks.AsyncLocalStorage()
}

function builtin<T>(name: string): T | undefined {
  try {
    return host()?.getBuiltinModule?.(name) as T | undefined
  } catch {
    return undefined
  }
}

/** Resolves after `ms` milliseconds, or rejects with the signal's reason as soon as it aborts. */
export function sleep(runtime: Pick<Runtime, 'timer'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const cancel = runtime.timer(ms, () => {
      forget?.()
      resolve()
    })
    const forget =
      signal &&
      onAbort(signal, () => {
        cancel()
        reject(signal.reason)
      })
  })
}

interface Waiting {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}

/** Who waits for which signal. One listener a signal, for some applications share one among many calls. */
const waitingFor = /* @__PURE__ */ new WeakMap<AbortSignal, Waiting>()

/** Calls back once when a signal aborts, unless the returned function is called before. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const waiting = waitingFor.get(signal) ?? wait(signal)
  waiting.callbacks.add(callback)
  return () => {
    const { callbacks, listener } = waiting
    callbacks.delete(callback)
    if (callbacks.size > 0 || waitingFor.get(signal) !== waiting) return
    waitingFor.delete(signal)
    signal.removeEventListener('abort', listener)
  }
}

function wait(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>()
  const listener = (): void => {
    waitingFor.delete(signal)
    for (const callback of callbacks) callback()
  }
  const waiting = { callbacks, listener }
  waitingFor.set(signal, waiting)
  signal.addEventListener('abort', listener, { once: true })
  return waiting
}
