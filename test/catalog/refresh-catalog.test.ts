import { expect, test } from 'vitest'
import { refreshCatalog } from '../../src/catalog/refresh-catalog.ts'
import type { Fetch, FetchInit, FetchResponse } from '../../src/runtime.ts'

const json = '{"acme":{"models":{"grün":{"limit":{"context":1000}}}}}'

test('models.dev is read when it is asked for, and from elsewhere when told so', async () => {
  const asked: string[] = []
  const fetch: Fetch = async (url, init) => {
    asked.push(`${init.method} ${url}`)
    return answer([json])
  }
  expect((await refreshCatalog({ fetch })).lookup('acme', 'grün')?.context).toBe(1000)
  await refreshCatalog({ fetch, url: 'https://mirror.example/models.json' })
  expect(asked).toEqual(['GET https://models.dev/api.json', 'GET https://mirror.example/models.json'])
})

test('however the bytes are cut, the names are the same', async () => {
  const bytes = new TextEncoder().encode(json)
  const one = [...bytes].map((byte) => Uint8Array.of(byte))
  expect((await refreshCatalog({ fetch: async () => answer(one) })).lookup('acme', 'grün')?.context).toBe(1000)
})

test('what is not there, breaks or is too large says so, and makes no catalogue', async () => {
  const megabyte = new Uint8Array(1024 * 1024)
  const cases: readonly (readonly [string, Fetch])[] = [
    ['it could not be reached', () => Promise.reject(new Error('ENOTFOUND'))],
    ['it answered 503', async () => answer(['down'], 503)],
    ['it answered 304', async () => answer([], 304)],
    ['it is larger than 32 MB', async () => answer(Array<Uint8Array>(33).fill(megabyte))],
    ['the connection broke', async () => answer([], 200, new Error('reset'))],
  ]
  for (const [why, fetch] of cases) {
    await expect(refreshCatalog({ fetch })).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: `The catalogue at https://models.dev/api.json was not read: ${why}.`,
    })
  }
})

test('what is no catalogue is refused', async () => {
  await expect(refreshCatalog({ fetch: async () => answer(['<html>']) })).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: 'The catalogue is no JSON.',
  })
  await expect(refreshCatalog({ fetch: async () => answer([]) })).rejects.toMatchObject({
    code: 'invalid_configuration',
  })
})

test('the signal reaches the request', async () => {
  const { signal } = new AbortController()
  let seen: FetchInit | undefined
  await refreshCatalog({
    signal,
    fetch: async (_, init) => {
      seen = init
      return answer([json])
    },
  })
  expect(seen?.signal).toBe(signal)
})

function answer(parts: readonly (string | Uint8Array)[], status = 200, error?: Error): FetchResponse {
  const left = parts.map((part) => (typeof part === 'string' ? new TextEncoder().encode(part) : part))
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = left.shift()
      if (part) controller.enqueue(part)
      else if (error) controller.error(error)
      else controller.close()
    },
  })
  return { status, body } as unknown as FetchResponse
}
