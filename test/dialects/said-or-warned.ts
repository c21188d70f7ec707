import type { Upstream, WireRequest } from '../../src/dialects/dialect.ts'
import type { ChatEvent, ChatRequest, ChatResponse, Message, Part, Tool } from '../../src/operations/chat/index.ts'

const question: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }
const tool: Tool = { type: 'function', name: 'look' }
const other: Tool = { type: 'function', name: 'other' }
const png = { type: 'base64', data: 'AAAA', mediaType: 'image/png' } as const
const call: Part = { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{"at":1}' }

function user(...content: Part[]): Partial<ChatRequest> {
  return { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }, ...content] }] }
}
function answer(...content: Part[]): Partial<ChatRequest> {
  return { messages: [question, { role: 'assistant', content: [{ type: 'text', text: 'Yes' }, ...content] }, question] }
}
function result(more: object): Partial<ChatRequest> {
  const given = { type: 'tool-result', id: 'call_1', content: 'seen', ...more } as Part
  return { messages: [question, { role: 'assistant', content: [call] }, { role: 'tool', content: [given] }] }
}
const tools: Partial<ChatRequest> = { tools: [tool, other] }

/** Something that a request can say, and the same request without it. */
const statements: Readonly<Record<string, readonly [said: Partial<ChatRequest>, unsaid: Partial<ChatRequest>]>> = {
  stream: [{ stream: true }, {}],
  maxOutputTokens: [{ maxOutputTokens: 9 }, {}],
  temperature: [{ temperature: 0.5 }, {}],
  topP: [{ topP: 0.5 }, {}],
  topK: [{ topK: 5 }, {}],
  stop: [{ stop: ['x'] }, {}],
  seed: [{ seed: 7 }, {}],
  frequencyPenalty: [{ frequencyPenalty: 0.5 }, {}],
  presencePenalty: [{ presencePenalty: 0.5 }, {}],
  logitBias: [{ logitBias: { 1: 2 } }, {}],
  logprobs: [{ logprobs: true }, {}],
  topLogprobs: [{ logprobs: true, topLogprobs: 3 }, { logprobs: true }],
  n: [{ n: 2 }, {}],
  serviceTier: [{ serviceTier: 'flex' }, {}],
  user: [{ user: 'u' }, {}],
  metadata: [{ metadata: { a: 'b' } }, {}],
  store: [{ store: true }, {}],
  modalities: [{ modalities: ['text', 'audio'] }, {}],
  parallelToolCalls: [{ ...tools, parallelToolCalls: false }, tools],
  tools: [tools, {}],
  'tools.description': [{ tools: [{ ...tool, description: 'looks' }] }, { tools: [tool] }],
  'tools.parameters': [{ tools: [{ ...tool, parameters: { type: 'object', required: ['a'] } }] }, { tools: [tool] }],
  'tools.strict': [{ tools: [{ ...tool, strict: true }] }, { tools: [tool] }],
  'tools.cache': [{ tools: [{ ...tool, cache: {} }] }, { tools: [tool] }],
  'a hosted tool': [{ tools: [tool, { type: 'hosted', dialect: 'another', value: {} }] }, { tools: [tool] }],
  'toolChoice none': [{ ...tools, toolChoice: 'none' }, tools],
  'toolChoice required': [{ ...tools, toolChoice: 'required' }, tools],
  'toolChoice by name': [{ ...tools, toolChoice: { tool: 'look' } }, tools],
  'toolChoice by name after other calls': [
    { ...tools, ...answer({ ...call, name: 'other' } as Part), toolChoice: { tool: 'look' } },
    { ...tools, ...answer({ ...call, name: 'other' } as Part), toolChoice: 'required' },
  ],
  'output json': [{ output: { type: 'json' } }, {}],
  'output json-schema': [{ output: { type: 'json-schema', schema: { type: 'object' } } }, {}],
  'output json-schema beside tools': [{ ...tools, output: { type: 'json-schema', schema: {} } }, tools],
  'output.description': [
    { output: { type: 'json-schema', schema: {}, description: 'd' } },
    { output: { type: 'json-schema', schema: {} } },
  ],
  'reasoning none': [{ reasoning: { effort: 'none' } }, {}],
  'reasoning low': [{ reasoning: { effort: 'low' } }, {}],
  'reasoning.budgetTokens': [{ reasoning: { budgetTokens: 2000 } }, {}],
  'reasoning.visible': [{ reasoning: { effort: 'high', visible: false } }, { reasoning: { effort: 'high' } }],
  'the role developer': [{ messages: [{ role: 'developer', content: question.content }, question] }, {}],
  'a late system message': [
    { messages: [question, { role: 'system', content: question.content }] },
    { messages: [{ role: 'system', content: question.content }, question] },
  ],
  'a name': [{ messages: [{ ...question, name: 'Ada' }] }, {}],
  'an image': [user({ type: 'image', source: png }), user()],
  'an image by address': [user({ type: 'image', source: { type: 'url', url: 'https://a.example/a.png' } }), user()],
  'an image by id': [user({ type: 'image', source: { type: 'file-id', id: 'f' } }), user()],
  'image.detail': [user({ type: 'image', source: png, detail: 'low' }), user({ type: 'image', source: png })],
  audio: [user({ type: 'audio', source: { ...png, mediaType: 'audio/wav' } }), user()],
  video: [user({ type: 'video', source: { ...png, mediaType: 'video/mp4' } }), user()],
  'a document': [user({ type: 'file', source: { ...png, mediaType: 'application/pdf' } }), user()],
  'a text': [user({ type: 'file', source: { type: 'text', text: 'words' } }), user()],
  'a mark for the cache': [
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', cache: {} }] }] },
    { messages: [question] },
  ],
  'a part of another dialect': [user({ type: 'extension', dialect: 'another', value: {} }), user()],
  'a call': [answer(call), answer()],
  'a thought': [answer({ type: 'reasoning', text: 'hm' }), answer()],
  'a refusal': [answer({ type: 'refusal', text: 'No' }), answer()],
  'a picture by the model': [answer({ type: 'image', source: png }), answer()],
  'a failed tool': [result({ isError: true }), result({})],
  'a picture by a tool': [
    result({
      content: [
        { type: 'text', text: 'seen' },
        { type: 'image', source: png },
      ],
    }),
    result({ content: [{ type: 'text', text: 'seen' }] }),
  ],
}

/** The names of what can be said. */
export const sayable: readonly string[] = Object.keys(statements)

/** Writes a request that says something, and the same without. One of them differs, or warns, if nothing got lost in silence. */
export function saying<Quirks>(
  name: string,
  { encode }: Upstream<Quirks, ChatRequest, ChatResponse, ChatEvent>,
  quirks: Quirks,
): readonly WireRequest[] {
  const base: ChatRequest = { model: 'm', messages: [question] }
  return statements[name]!.map((more) => encode({ ...base, ...more }, { provider: 'test', model: 'a-model', quirks }))
}
