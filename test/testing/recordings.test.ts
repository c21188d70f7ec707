import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type ChatFormat, createSimulator, reasoning, toolCalls } from '../../src/testing/index.ts'
import { ask, events, formats, whole } from './ask.ts'

const folder = new URL('../../../shared/wire/', import.meta.url)
const isHere = existsSync(folder)
if (!isHere)
  console.warn(`The recordings are not at ${folder.href}: what the simulator writes is not compared with them.`)

const providers: Record<ChatFormat, string> = {
  'openai-chat': 'openai',
  'anthropic-messages': 'anthropic',
  gemini: 'gemini',
}

interface Recording {
  readonly provider: string
  readonly stream: boolean
  readonly response: { readonly status: number; readonly body: string; readonly encoding: string }
}

test.skipIf(!isHere).each(formats)(
  '%s: the simulator writes no field that the provider does not write',
  async (format) => {
    const seen = { whole: new Set<string>(), streamed: new Set<string>() }
    for (const { provider, stream, response } of recordingsOf(format)) {
      if (provider !== providers[format] || response.status !== 200 || response.encoding !== 'utf8') continue
      const values = stream ? dataOf(response.body) : [parsed(response.body)]
      for (const value of values) addPaths(value, '', stream ? seen.streamed : seen.whole)
    }
    expect(seen.whole.size).toBeGreaterThan(10)
    expect(seen.streamed.size).toBeGreaterThan(10)

    const simulator = createSimulator()
    const usage = { cachedInputTokens: 4 }
    simulator
      .on()
      .reply(
        [
          reasoning('Hm.', { signature: 'c2ln' }),
          'It is 42.',
          ...toolCalls([{ name: 'f', arguments: { city: 'Oslo' } }]),
        ],
        { usage },
      )
    const written = { whole: new Set<string>(), streamed: new Set<string>() }
    addPaths(await whole(ask(simulator, format)), '', written.whole)
    for (const { data } of await events(ask(simulator, format, { stream: true })))
      if (typeof data === 'object') addPaths(data, '', written.streamed)
    expect([...written.whole].filter((path) => !seen.whole.has(path))).toEqual([])
    expect([...written.streamed].filter((path) => !seen.streamed.has(path))).toEqual([])
  },
)

function recordingsOf(format: ChatFormat): Recording[] {
  const lines = readFileSync(new URL(`${format}.jsonl`, folder), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line) => JSON.parse(line))
}

function dataOf(body: string): unknown[] {
  return body
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => parsed(line.slice('data:'.length)))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Adds the path and kind of each field. Arguments of functions are the application's own. */
function addPaths(value: unknown, path: string, paths: Set<string>): void {
  if (/\.(input|args)$/.test(path)) return
  if (Array.isArray(value)) for (const item of value) addPaths(item, `${path}[]`, paths)
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) addPaths(item, `${path}.${name}`, paths)
  } else paths.add(`${path} ${value === null ? 'null' : typeof value}`)
}
