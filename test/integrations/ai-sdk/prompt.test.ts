import { expect, test } from 'vitest'
import { decodePrompt } from '../../../src/integrations/ai-sdk/prompt.ts'
import type { PromptPart, ToolOutput } from '../../../src/integrations/ai-sdk/specification.ts'

const decode = (...content: PromptPart[]) => decodePrompt([{ role: 'user', content }])[0]!.content
const png = 'iVBORw0KGgo='
const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0))
const image = { type: 'image', source: { type: 'base64', data: png, mediaType: 'image/png' } }

test.each([
  ['bytes', bytes, 'image/png'],
  ['bytes of an unknown kind of picture', bytes, 'image/*'],
  ['bytes of which only the first word is known', bytes, 'image'],
  ['base64', png, 'image/png'],
  ['a data URL', `data:image/png;base64,${png}`, 'image/*'],
  ['a data URL with escapes', `data:image/png;base64,${encodeURIComponent(png)}`, 'image/*'],
  ['a data URL without base64', 'data:image/png,%89PNG%0D%0A%1a%0A', 'image/*'],
  ['a data URL as an object', new URL(`data:image/png;base64,${png}`), 'image/png'],
  ['tagged bytes', { type: 'data', data: bytes }, 'image/png'],
  ['tagged base64', { type: 'data', data: png }, 'image'],
] as const)('a picture may be %s', (_, data, mediaType) => {
  expect(decode({ type: 'file', data, mediaType })).toEqual([image])
})

test.each([
  ['an address', new URL('https://a.test/x.png'), 'image/*', { type: 'url', url: 'https://a.test/x.png' }],
  [
    'a tagged address',
    { type: 'url', url: 'https://a.test/x.png' },
    'image',
    { type: 'url', url: 'https://a.test/x.png' },
  ],
  ['the id of an uploaded file', 'file-abc', 'image/png', { type: 'file-id', id: 'file-abc', mediaType: 'image/png' }],
  ['a reference', { type: 'reference', reference: { openai: 'f1' } }, 'image', { type: 'file-id', id: 'f1' }],
] as const)('a picture may be %s', (_, data, mediaType, source) => {
  expect(decode({ type: 'file', data, mediaType })).toEqual([{ type: 'image', source }])
})

test('a document may be a text, with a name, a title, citations and a mark for the cache', () => {
  const data = { type: 'text', text: 'Once upon a time' } as const
  const anthropic = { citations: { enabled: true }, context: 'a tale', cacheControl: { type: 'ephemeral', ttl: '1h' } }
  expect(
    decode({ type: 'file', data, mediaType: 'text/plain', filename: 'tale.txt', providerOptions: { anthropic } }),
  ).toEqual([
    {
      type: 'file',
      source: { type: 'text', text: 'Once upon a time', mediaType: 'text/plain' },
      name: 'tale.txt',
      cache: { ttl: '1h' },
      extensions: { 'anthropic-messages': { citations: { enabled: true }, context: 'a tale' } },
    },
  ])
})

test('sounds and PDFs are told apart by their media types', () => {
  const parts = decode(
    { type: 'file', data: 'SUQzAA==', mediaType: 'audio/*' },
    { type: 'file', data: 'JVBERi0=', mediaType: 'application/pdf' },
  )
  expect(parts).toMatchObject([
    { type: 'audio', source: { mediaType: 'audio/mpeg' } },
    { type: 'file', source: { mediaType: 'application/pdf' } },
  ])
})

const outputs: readonly (readonly [ToolOutput, unknown])[] = [
  [{ type: 'text', value: 'seven' }, { content: 'seven' }],
  [{ type: 'json', value: { degrees: 7 } }, { content: '{"degrees":7}' }],
  [
    { type: 'error-text', value: 'no' },
    { content: 'no', isError: true },
  ],
  [
    { type: 'error-json', value: ['no'] },
    { content: '["no"]', isError: true },
  ],
  [
    { type: 'execution-denied', reason: 'too dear' },
    { content: 'too dear', isError: true },
  ],
  [{ type: 'execution-denied' }, { content: 'The call of this tool was denied.', isError: true }],
  [{ type: 'content', value: [{ type: 'text', text: 'a' }] }, { content: [{ type: 'text', text: 'a' }] }],
  [{ type: 'content', value: [{ type: 'media', data: png, mediaType: 'image/png' }] }, { content: [image] }],
  [{ type: 'content', value: [{ type: 'image-data', data: png, mediaType: 'image/png' }] }, { content: [image] }],
  [
    { type: 'content', value: [{ type: 'file', data: { type: 'data', data: bytes }, mediaType: 'image' }] },
    { content: [image] },
  ],
  [
    { type: 'content', value: [{ type: 'file-data', data: 'JVBE', mediaType: 'application/pdf', filename: 'a.pdf' }] },
    {
      content: [
        { type: 'file', source: { type: 'base64', data: 'JVBE', mediaType: 'application/pdf' }, name: 'a.pdf' },
      ],
    },
  ],
  [
    { type: 'content', value: [{ type: 'image-url', url: 'https://a.test/x' }] },
    { content: [{ type: 'image', source: { type: 'url', url: 'https://a.test/x' } }] },
  ],
  [
    { type: 'content', value: [{ type: 'file-id', fileId: { openai: 'f1' } }] },
    { content: [{ type: 'file', source: { type: 'file-id', id: 'f1' } }] },
  ],
]

test.each(outputs)('a tool may give %j', (output, said) => {
  const part = { type: 'tool-result', toolCallId: 'call_1', toolName: 'weather', output } as const
  expect(decodePrompt([{ role: 'tool', content: [part] }])).toEqual([
    { role: 'tool', content: [{ type: 'tool-result', id: 'call_1', name: 'weather', ...(said as object) }] },
  ])
})

test('the arguments of a call are the JSON that the model wrote, or its text that is none', () => {
  const call = { type: 'tool-call', toolCallId: 'call_1', toolName: 'weather' } as const
  expect(
    decode({ ...call, input: { city: 'Oslo' } }, { ...call, input: '{"city":' }, { ...call, input: null }),
  ).toEqual([
    { type: 'tool-call', id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' },
    { type: 'tool-call', id: 'call_1', name: 'weather', arguments: '{"city":' },
    { type: 'tool-call', id: 'call_1', name: 'weather', arguments: '{}' },
  ])
})

test.each([
  ['@ai-sdk/anthropic', { anthropic: { signature: 's' } }, { origin: 'anthropic-messages', value: 's' }],
  [
    '@ai-sdk/anthropic, encrypted',
    { anthropic: { redactedData: 's' } },
    { origin: 'anthropic-messages', value: 's', encrypted: true },
  ],
  ['@ai-sdk/google', { google: { thoughtSignature: 's' } }, { origin: 'gemini', value: 's' }],
  ['@ai-sdk/google-vertex', { vertex: { thoughtSignature: 's' } }, { origin: 'gemini', value: 's' }],
  ['the gateway', { zerohop: { signature: { origin: 'other', value: 's' } } }, { origin: 'other', value: 's' }],
])('a thought that was signed through %s keeps its proof', (_, providerOptions, signature) => {
  expect(decode({ type: 'reasoning', text: 'Hm.', providerOptions })).toEqual([
    { type: 'reasoning', text: 'Hm.', signature },
  ])
})

test('options that have no name here are kept for models of the AI SDK', () => {
  const providerOptions = { openai: { itemId: 'msg_1' }, xai: { a: 1 } }
  expect(decode({ type: 'text', text: 'Hello', providerOptions })).toEqual([
    { type: 'text', text: 'Hello', extensions: { 'ai-sdk': { providerOptions } } },
  ])
})

test('the mark of a message for the cache stands on its last part', () => {
  const providerOptions = { anthropic: { cacheControl: { type: 'ephemeral' } } }
  expect(
    decodePrompt([
      { role: 'system', content: 'Be kind.', providerOptions },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
        providerOptions,
      },
    ]),
  ).toEqual([
    { role: 'system', content: [{ type: 'text', text: 'Be kind.', cache: {} }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b', cache: {} },
      ],
    },
  ])
})

test('what only the AI SDK can say is kept as it is, its bytes as base64', () => {
  const approval = { type: 'tool-approval-response', approvalId: 'a1', approved: true } as const
  const hosted = { type: 'tool-call', toolCallId: 's1', toolName: 'search', input: {}, providerExecuted: true } as const
  const drawn = { type: 'reasoning-file', data: { type: 'data', data: bytes }, mediaType: 'image/png' } as const
  expect(decode(approval, hosted, drawn)).toEqual([
    { type: 'extension', dialect: 'ai-sdk', value: approval },
    { type: 'extension', dialect: 'ai-sdk', value: hosted },
    { type: 'extension', dialect: 'ai-sdk', value: { ...drawn, data: { type: 'data', data: png } } },
  ])
})
