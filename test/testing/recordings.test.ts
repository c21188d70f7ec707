import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type ChatFormat, createSimulator, reasoning, toolCalls } from '../../src/testing/index.ts'
import { ask, events, formats, payloads, whole } from './ask.ts'

const folder = new URL('../../../shared/wire/', import.meta.url)
const isHere = existsSync(folder)
if (!isHere)
  console.warn(`The recordings are not at ${folder.href}: what the simulator writes is not compared with them.`)

interface Source {
  /** The file of its recordings. */
  readonly file: string
  readonly provider: string
  readonly format: ChatFormat
  readonly host?: string
}

const sources: readonly Source[] = [
  { file: 'openai-chat', provider: 'openai', format: 'openai-chat' },
  { file: 'openai-responses', provider: 'openai', format: 'openai-responses' },
  { file: 'anthropic-messages', provider: 'anthropic', format: 'anthropic-messages' },
  { file: 'gemini', provider: 'gemini', format: 'gemini' },
  { file: 'bedrock', provider: 'bedrock', format: 'bedrock-converse' },
  { file: 'cohere', provider: 'cohere', format: 'cohere-chat' },
  { file: 'ollama-native', provider: 'ollama', format: 'ollama' },
  { file: 'mistral', provider: 'mistral', format: 'openai-chat', host: 'api.mistral.ai' },
]

interface Recording {
  readonly provider: string
  readonly stream: boolean
  readonly response: {
    readonly status: number
    readonly body: string
    readonly encoding: string
    readonly headers: Readonly<Record<string, string>>
  }
}

test('every format is compared', () => {
  expect(new Set(sources.map(({ format }) => format))).toEqual(new Set(formats))
})

test.skipIf(!isHere).each(sources)(
  '$file: the simulator writes no field that the provider does not write',
  async ({ file, provider: name, format, host }) => {
    const seen = { whole: new Set<string>(), streamed: new Set<string>() }
    for (const { provider, stream, response } of recordingsOf(file)) {
      if (provider !== name || response.status !== 200) continue
      const values = stream ? await dataOf(response) : [parsed(response.body)]
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
    const asked = {
      ...(host !== undefined && { host }),
      ...(file === 'mistral' && { body: { stream_options: undefined } }),
    }
    addPaths(await whole(ask(simulator, format, asked)), '', written.whole)
    for (const { data } of await events(ask(simulator, format, { ...asked, stream: true })))
      if (typeof data === 'object') addPaths(data, '', written.streamed)
    expect([...written.whole].filter((path) => !seen.whole.has(path))).toEqual([])
    expect([...written.streamed].filter((path) => !seen.streamed.has(path))).toEqual([])
  },
)

function recordingsOf(file: string): Recording[] {
  const lines = readFileSync(new URL(`${file}.jsonl`, folder), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line) => JSON.parse(line))
}

async function dataOf({ body, encoding, headers }: Recording['response']): Promise<unknown[]> {
  const bytes = encoding === 'base64' ? Buffer.from(body, 'base64') : body
  const found = await payloads(Promise.resolve(new Response(bytes, { headers })))
  return found.map(({ text }) => parsed(text))
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
  if (/\.(input|args|arguments|instructions|tools|metadata)$/.test(path) && typeof value === 'object') return
  if (Array.isArray(value)) for (const item of value) addPaths(item, `${path}[]`, paths)
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) addPaths(item, `${path}.${name}`, paths)
  } else paths.add(`${path} ${value === null ? 'null' : typeof value}`)
}
