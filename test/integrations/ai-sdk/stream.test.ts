import { expect, test } from 'vitest'
import { type Call, createGateway, type Gateway, replay, StreamReply } from '../../../src/index.ts'
import { encodeContent, Sources } from '../../../src/integrations/ai-sdk/content.ts'
import { createZerohop, type SpecificationVersion } from '../../../src/integrations/ai-sdk/index.ts'
import { type ChatEvent, chat } from '../../../src/operations/chat/index.ts'
import { openai } from '../../../src/providers/openai.ts'
import { stream, toolCalls } from '../../../src/testing/index.ts'
import { createPair, createWorld, drain } from '../../world.ts'

const prompt = [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }] as const
type Part = { readonly type: string } & Readonly<Record<string, unknown>>

/** A gateway that answers every call with these events. */
function gatewaySaying(...events: ChatEvent[]): Gateway {
  const layer = async (_: Call): Promise<never> => new StreamReply(chat, replay(events)) as never
  return createGateway({ providers: [openai], use: [layer] }) as Gateway
}

async function partsOf(version: SpecificationVersion, ...events: ChatEvent[]): Promise<Part[]> {
  const zerohop = createZerohop(gatewaySaying(...events), { specificationVersion: version })
  const { stream } = await zerohop('openai/gpt-5-mini').doStream({ prompt })
  return drain(stream as unknown as AsyncIterable<Part>)
}

const at = { choice: 0, part: 0 }
const start: ChatEvent = { type: 'message-start', id: 'r', model: 'm', created: 1 }
const finish: ChatEvent = { type: 'finish', choice: 0, finishReason: 'stop', rawFinishReason: 'end_turn' }
const usage = { inputTokens: 10, outputTokens: 5, cachedInputTokens: 4, cacheWriteTokens: 1, reasoningTokens: 2 }
const end: readonly ChatEvent[] = [finish, { type: 'usage', usage }, { type: 'message-end' }]

test('a stream begins with its warnings, and ends with its reason and its usage, in the words of the version', async () => {
  const said = [start, { type: 'text-delta', ...at, text: 'Hi' }, { type: 'part-end', ...at }, ...end] as ChatEvent[]
  const common = [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: 'r', modelId: 'm', timestamp: new Date(1000) },
    { type: 'text-start', id: '0' },
    { type: 'text-delta', id: '0', delta: 'Hi' },
    { type: 'text-end', id: '0' },
  ]
  const nested = {
    inputTokens: { total: 10, noCache: 5, cacheRead: 4, cacheWrite: 1 },
    outputTokens: { total: 5, text: 3, reasoning: 2 },
  }
  const flat = { inputTokens: 10, outputTokens: 5, totalTokens: 15, reasoningTokens: 2, cachedInputTokens: 4 }
  for (const version of ['v2', 'v3', 'v4'] as const) {
    const parts = await partsOf(version, ...said)
    expect(parts.slice(0, -1)).toEqual(common)
    expect(parts.at(-1)).toMatchObject({
      type: 'finish',
      finishReason: version === 'v2' ? 'stop' : { unified: 'stop', raw: 'end_turn' },
      usage: version === 'v2' ? flat : nested,
      providerMetadata: { zerohop: { callId: expect.any(String), rawFinishReason: 'end_turn' } },
    })
  }
})

test('a number that nobody reported is undefined, and never 0', async () => {
  const parts = await partsOf('v3', start, { type: 'text-delta', ...at, text: 'Hi' }, finish, { type: 'message-end' })
  expect(parts.at(-1)?.['usage']).toEqual({
    inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: undefined, text: undefined, reasoning: undefined },
  })
})

test('a thought without words is its proof alone, and a text without words is nothing', async () => {
  const signature = { origin: 'anthropic-messages', value: 's', encrypted: true }
  const parts = await partsOf(
    'v3',
    start,
    { type: 'reasoning-delta', ...at, text: '' },
    { type: 'part-end', ...at, signature },
    { type: 'text-delta', choice: 0, part: 1, text: '' },
    { type: 'part-end', choice: 0, part: 1 },
    { type: 'tool-call-start', choice: 0, part: 2, id: 'call_1', name: 'now' },
    ...end,
  )
  expect(parts.slice(2, -1)).toEqual([
    { type: 'reasoning-start', id: '0' },
    { type: 'reasoning-end', id: '0', providerMetadata: { anthropic: { redactedData: 's' } } },
    { type: 'tool-input-start', id: 'call_1', toolName: 'now' },
    { type: 'tool-input-end', id: 'call_1' },
    { type: 'tool-call', toolCallId: 'call_1', toolName: 'now', input: '{}' },
  ])
})

test('calls that are written side by side are told apart by their ids', async () => {
  const parts = await partsOf(
    'v4',
    start,
    { type: 'tool-call-start', choice: 0, part: 0, id: 'a', name: 'x' },
    { type: 'tool-call-start', choice: 0, part: 1, id: 'b', name: 'y' },
    { type: 'tool-call-delta', choice: 0, part: 1, arguments: '{"n":' },
    { type: 'tool-call-delta', choice: 0, part: 0, arguments: '{"m":1}' },
    { type: 'tool-call-delta', choice: 0, part: 1, arguments: '2}' },
    ...end,
  )
  expect(parts.filter(({ type }) => type === 'tool-call')).toEqual([
    { type: 'tool-call', toolCallId: 'a', toolName: 'x', input: '{"m":1}' },
    { type: 'tool-call', toolCallId: 'b', toolName: 'y', input: '{"n":2}' },
  ])
})

test('sources are named once, and version 4 says which words rest on them', async () => {
  const citation = { url: 'https://a.test', title: 'A', text: 'sky', start: 0, end: 3 }
  const events: readonly ChatEvent[] = [
    start,
    { type: 'text-delta', ...at, text: 'Sky and sea' },
    { type: 'citation', ...at, citation },
    { type: 'citation', ...at, citation: { url: 'https://a.test', text: 'sea' } },
    { type: 'citation', ...at, citation: { title: 'Manual' } },
    { type: 'part-end', ...at },
    ...end,
  ]
  const first = { type: 'source', sourceType: 'url', id: 'source-1', url: 'https://a.test', title: 'A' }
  const second = { type: 'source', sourceType: 'document', id: 'source-2', mediaType: 'text/plain', title: 'Manual' }
  const third = await partsOf('v3', ...events)
  expect(third.filter(({ type }) => type === 'source')).toEqual([first, second])
  expect(third.find(({ type }) => type === 'text-end')).toEqual({ type: 'text-end', id: '0' })
  const fourth = await partsOf('v4', ...events)
  expect(fourth.find(({ type }) => type === 'text-end')?.['citations']).toEqual([
    { source: first, citedText: 'sky', startIndex: 0, endIndex: 3 },
    { source: first, citedText: 'sea' },
    { source: second },
  ])
})

test('a picture is a file, and one at an address is a source before version 4, and at half an address ever', async () => {
  const drawn: ChatEvent = {
    type: 'part',
    ...at,
    content: { type: 'image', source: { type: 'base64', data: 'iVBO', mediaType: 'image/png' } },
  }
  const linked: ChatEvent = {
    type: 'part',
    choice: 0,
    part: 1,
    content: { type: 'image', source: { type: 'url', url: 'https://a.test/x.png', mediaType: 'image/png' } },
  }
  expect((await partsOf('v3', start, drawn, linked, ...end)).slice(2, -1)).toEqual([
    { type: 'file', mediaType: 'image/png', data: 'iVBO' },
    { type: 'source', sourceType: 'url', id: 'source-1', url: 'https://a.test/x.png' },
  ])
  expect((await partsOf('v4', start, drawn, linked, ...end)).slice(2, -1)).toEqual([
    { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'iVBO' } },
    { type: 'file', mediaType: 'image/png', data: { type: 'url', url: new URL('https://a.test/x.png') } },
  ])
  const half = { ...linked, content: { type: 'image', source: { type: 'url', url: 'x.png' } } } as ChatEvent
  expect((await partsOf('v4', start, drawn, half, ...end)).slice(3, -1)).toEqual([
    { type: 'source', sourceType: 'url', id: 'source-1', url: 'x.png' },
  ])
})

test('other answers than the first are not told: the AI SDK knows one', async () => {
  const other: ChatEvent = { type: 'text-delta', choice: 1, part: 0, text: 'Other' }
  const parts = await partsOf('v3', start, { type: 'text-delta', ...at, text: 'Hi' }, other, ...end)
  expect(JSON.stringify(parts)).not.toContain('Other')
})

test('raw chunks are the events of the gateway, where they are asked for', async () => {
  const zerohop = createZerohop(gatewaySaying(start, { type: 'text-delta', ...at, text: 'Hi' }, ...end))
  const { stream } = await zerohop('openai/gpt-5-mini').doStream({ prompt, includeRawChunks: true })
  const parts = await drain(stream as unknown as AsyncIterable<Part>)
  const raw = parts.filter(({ type }) => type === 'raw').map(({ rawValue }) => (rawValue as Part).type)
  expect(raw).toEqual(['message-start', 'text-delta', 'finish', 'usage', 'message-end'])
})

test('what a provider could not be told is a warning of the result and of the stream', async () => {
  const zerohop = createZerohop(createPair(createWorld()))
  const model = zerohop('anthropic/claude-sonnet-4-5')
  const warning = { type: 'other', message: expect.stringContaining('seed') }
  expect((await model.doGenerate({ prompt, seed: 7 })).warnings).toEqual([warning])
  const { stream } = await model.doStream({ prompt, seed: 7 })
  const [first] = await drain(stream as unknown as AsyncIterable<Part>)
  expect(first).toEqual({ type: 'stream-start', warnings: [warning] })
})

test('a slow reader slows the provider, and one who leaves ends its work', async () => {
  const world = createWorld()
  const words = Array.from({ length: 1000 }, (_, index) => `word ${index} `)
  world.simulator.on().reply(stream(words, { gap: '1ms' }))
  const { stream: parts } = await world.clock.run(createZerohop(createPair(world))('solo').doStream({ prompt }))
  const reader = parts.getReader()
  for (let read = 0; read < 4; read++) await world.clock.run(reader.read())
  const sent = world.simulator.calls[0]!.sent.length
  await world.clock.advance('10s')
  expect(world.simulator.calls[0]!.sent.length - sent).toBeLessThan(64 * 1024)
  await reader.cancel()
  await world.clock.settle()
  expect(world.simulator.calls).toMatchObject([{ outcome: 'aborted' }])
  expect(world.clock.pending).toBe(0)
})

test('what only one dialect can say is a warning in versions 2 and 3, and has a place in version 4', async () => {
  const search = { type: 'extension', dialect: 'anthropic-messages', value: { type: 'server_tool_use' } } as const
  const kept: ChatEvent = { type: 'part', choice: 0, part: 0, content: search }
  const events = [start, kept, { type: 'text-delta', choice: 0, part: 1, text: 'Hi' }, ...end] as const
  const sentence = expect.stringMatching(/^A part of the answer that only anthropic-messages can say was left out/)
  for (const version of ['v2', 'v3'] as const) {
    const parts = await partsOf(version, ...events)
    expect(parts.some(({ type }) => type === 'custom')).toBe(false)
    // The beginning of a stream, where its warnings are, is over by then.
    expect(parts.at(-1)).toMatchObject({ providerMetadata: { zerohop: { warnings: [sentence] } } })
    const answer = chat.fold()
    for (const event of events) answer.add(event)
    const layer = async (): Promise<never> => ({ kind: 'whole', response: answer.result() }) as never
    const gateway = createGateway({ providers: [openai], use: [layer] })
    const zerohop = createZerohop(gateway, { specificationVersion: version })
    const said = await zerohop('openai/gpt-5-mini').doGenerate({ prompt })
    expect(said.warnings).toEqual([{ type: 'other', message: sentence }])
    expect(said.providerMetadata).toMatchObject({ zerohop: { warnings: [sentence] } })
  }
  const parts = await partsOf('v4', ...events)
  expect(parts).toContainEqual(expect.objectContaining({ type: 'custom', kind: 'zerohop.part' }))
  expect(parts.at(-1)).not.toHaveProperty('providerMetadata.zerohop.warnings')
})

test('a file of which only an id is known is a warning', async () => {
  const content = { type: 'file', source: { type: 'file-id', id: 'file-1' } } as const
  const parts = await partsOf('v4', start, { type: 'part', choice: 0, part: 0, content }, ...end)
  expect(parts.at(-1)).toMatchObject({
    providerMetadata: { zerohop: { warnings: ['A file of the answer was left out: only its id is known.'] } },
  })
})

test('addresses are downloaded by the AI SDK, unless the application knows better', () => {
  const gateway = createPair(createWorld())
  expect(createZerohop(gateway)('solo')).toMatchObject({ specificationVersion: 'v3', supportedUrls: {} })
  const supportedUrls = { 'image/*': [/^https:/] }
  expect(createZerohop(gateway, { supportedUrls })('solo').supportedUrls).toEqual(supportedUrls)
})

test.each([false, true])(
  "a tool of Anthropic's keeps the application's name on this side, streamed: %s",
  async (streams) => {
    const world = createWorld()
    world.simulator.on().reply(toolCalls([{ id: 't2', name: 'bash', arguments: { command: 'ls' } }]))
    const model = createZerohop(createPair(world))('anthropic/claude-haiku-4-5')
    const call = {
      prompt: [
        ...prompt,
        { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 't1', toolName: 'shell', input: {} }] },
        {
          role: 'tool',
          content: [{ type: 'tool-result', toolCallId: 't1', toolName: 'shell', output: { type: 'text', value: 'a' } }],
        },
      ],
      tools: [{ type: 'provider', id: 'anthropic.bash_20250124', name: 'shell', args: {} }],
      toolChoice: { type: 'tool', toolName: 'shell' },
    } as const
    const said = streams
      ? await drain((await model.doStream(call)).stream as unknown as AsyncIterable<Part>)
      : (await model.doGenerate(call)).content
    const named = (said as readonly Part[]).flatMap(({ toolName = [] }) => toolName)
    expect(named).toEqual(streams ? ['shell', 'shell'] : ['shell'])
    const { tools, tool_choice, messages } = world.simulator.calls[0]!.body as Record<string, unknown>
    expect(tools).toEqual([{ type: 'bash_20250124', name: 'bash' }])
    expect(tool_choice).toEqual({ type: 'tool', name: 'bash' })
    expect(messages).toMatchObject([{}, { content: [{ type: 'tool_use', id: 't1', name: 'bash' }] }, {}])
  },
)

test.each(['v2', 'v3', 'v4'] as const)('%s: a source without words of its own makes no empty text', async (version) => {
  const source = { type: 'citation', ...at, citation: { url: 'https://a.b/' } } as const
  const text = { type: 'text-delta', choice: 0, part: 1, text: 'Hi' } as const
  const late = { type: 'citation', choice: 0, part: 1, citation: { url: 'https://c.d/' } } as const
  const said = [start, source, text, { type: 'part-end', choice: 0, part: 1 }, late, ...end] as ChatEvent[]
  expect((await partsOf(version, ...said)).map(({ type }) => type)).toEqual([
    'stream-start',
    'response-metadata',
    'source',
    'text-start',
    'text-delta',
    'text-end',
    'source',
    'finish',
  ])
  const whole = [
    { type: 'text', text: '', citations: [source.citation] },
    { type: 'text', text: 'Hi', citations: [late.citation] },
  ] as const
  const content = encodeContent(whole, version, new Sources(), () => {})
  expect(content.map(({ type }) => type)).toEqual(['source', 'text', 'source'])
})
