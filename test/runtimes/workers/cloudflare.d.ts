declare module 'cloudflare:workers' {
  /** Keeps the worker alive until the promise has ended, from anywhere in a request. */
  export function waitUntil(work: Promise<unknown>): void
}
