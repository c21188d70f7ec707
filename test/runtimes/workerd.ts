import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

/** A worker on Cloudflare's workerd. */
export interface Worker {
  /** Sends it a request, and gives its response. */
  fetch(path: string, init?: { readonly method?: string; readonly body?: string }): Promise<WorkerResponse>
  dispose(): Promise<void>
}

export interface WorkerResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: AsyncIterable<Uint8Array> | null
  text(): Promise<string>
  json(): Promise<unknown>
}

/** Starts a worker: a module that exports `default { fetch }`, as a path beside this file. It imports the built package. */
export async function startWorker(
  entry: string,
  options: {
    readonly bindings?: Record<string, string>
    /** Answers the requests that leave the worker. */
    readonly upstream?: (request: { text(): Promise<string> }) => Promise<Response>
  } = {},
): Promise<Worker> {
  const miniflare = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.mjs', contents: await bundle(entry) }],
    // No nodejs_compat: the package must do without.
    compatibilityDate: '2026-04-01',
    ...(options.bindings && { bindings: options.bindings }),
    ...(options.upstream && { outboundService: options.upstream as never }),
  })
  await miniflare.ready
  return {
    fetch: (path, init) =>
      miniflare.dispatchFetch(`http://worker.test${path}`, init) as unknown as Promise<WorkerResponse>,
    dispose: () => miniflare.dispose(),
  }
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: import.meta.dirname,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    conditions: ['workerd', 'worker'],
    external: ['cloudflare:*'],
    logLevel: 'error',
  })
  return outputFiles[0]!.text
}
