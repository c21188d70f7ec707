import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import * as providers from 'zerohop/providers'

const kilobyte = 1024

const one = `
  import { createGateway } from 'zerohop'
  import { openai } from 'zerohop/providers'
  globalThis.gateway = createGateway({ providers: [openai] })`

const all = `
  export * from 'zerohop'
  export * from 'zerohop/providers'`

// What has been reached, and goes down only. The aims are 20 and 50 KB: `npm run bench` says how far off they are.

test('a gateway with one provider takes at most 42 KB', async () => {
  expect(sizeOf(await bundle(one))).toBeLessThanOrEqual(42 * kilobyte)
})

test('everything together takes at most 84 KB', async () => {
  expect(sizeOf(await bundle(all))).toBeLessThanOrEqual(84 * kilobyte)
})

test('a bundle has only the providers that it uses', async () => {
  const hosts = Object.values<unknown>(providers)
    .filter(isRow)
    .map(({ baseURL }) => new URL(baseURL).host)
  const own = 'api.openai.com'
  const others = hosts.filter((host) => host !== own)
  expect(others.length).toBeGreaterThan(10)

  const alone = await bundle(one)
  expect(alone).toContain(own)
  expect(others.filter((host) => alone.includes(host))).toEqual([])

  const together = await bundle(all)
  expect(hosts.filter((host) => !together.includes(host))).toEqual([])
})

function isRow(value: unknown): value is { readonly baseURL: string } {
  return typeof value === 'object' && value !== null && 'baseURL' in value
}

/** What a bundler makes of a module and all that it imports. */
async function bundle(source: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    logLevel: 'error',
  })
  return outputFiles[0]!.text
}

function sizeOf(code: string): number {
  return gzipSync(code, { level: 9 }).length
}
