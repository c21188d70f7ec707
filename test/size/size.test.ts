import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import * as providers from 'zerohop/providers'

const kilobyte = 1024

const gatewayWith = (row: string): string => `
  import { createGateway } from 'zerohop'
  import { ${row} } from 'zerohop/providers'
  globalThis.gateway = createGateway({ providers: [${row}] })`
const one = gatewayWith('openai')

const all = `
  export * from 'zerohop'
  export * from 'zerohop/providers'`

// What has been reached, and goes down only, unless a capability is worth it. The first aims were 20 and 50 KB.

test.each([
  ['anthropic, which chats', 73],
  ['openai, with two formats of chat, embeddings, images, speech, transcription and moderation', 94],
])('a gateway with one provider, %s, takes at most %d KB', async (name, most) => {
  expect(sizeOf(await bundle(gatewayWith(name.split(',')[0]!)))).toBeLessThanOrEqual(most * kilobyte)
})

test('everything together, 172 rows and all strategies, takes at most 186 KB', async () => {
  expect(sizeOf(await bundle(all))).toBeLessThanOrEqual(186 * kilobyte)
})

test('a bundle has only the providers that it uses', async () => {
  const own = 'https://api.openai.com/v1'
  const addresses = [
    ...new Set(
      Object.values<unknown>(providers)
        .filter(isRow)
        .map(({ baseURL }) => baseURL),
    ),
  ]
  const others = addresses.filter((address) => address !== own)
  expect(others.length).toBeGreaterThan(100)

  const alone = await bundle(one)
  expect(alone).toContain(own)
  expect(others.filter((address) => alone.includes(address))).toEqual([])

  const together = await bundle(all)
  expect(addresses.filter((address) => !together.includes(address))).toEqual([])
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
