import { expect, test } from 'vitest'
import { decodeCall } from '../../../src/integrations/ai-sdk/model-call.ts'
import type { ModelCall } from '../../../src/integrations/ai-sdk/specification.ts'
import { decodeTool, encodeTool } from '../../../src/integrations/ai-sdk/tools.ts'

const prompt = [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }] as const
const decode = (call: Partial<ModelCall>) => decodeCall('fast', { prompt, ...call })
/** The fields of a request besides its messages, and without what is kept for models of the AI SDK. */
function fieldsOf(providerOptions: ModelCall['providerOptions']) {
  const { request, warnings } = decode({ providerOptions })
  const { 'ai-sdk': _, ...extensions } = request.extensions ?? {}
  const { model, messages, ...fields } = JSON.parse(JSON.stringify({ ...request, extensions })) as Record<
    string,
    unknown
  >
  return { fields, warnings }
}

test('settings go by the same or by other names', () => {
  const { signal } = new AbortController()
  const { request, warnings, principal } = decode({
    maxOutputTokens: 10,
    temperature: 0.5,
    topP: 0.9,
    topK: 5,
    presencePenalty: 1,
    frequencyPenalty: -1,
    stopSequences: ['END'],
    seed: 7,
    abortSignal: signal,
    toolChoice: { type: 'tool', toolName: 'weather' },
    reasoning: 'high',
    headers: { 'user-agent': 'ai/6', 'x-unset': undefined, 'anthropic-beta': 'a-1' },
  })
  expect(request).toEqual({
    model: 'fast',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
    maxOutputTokens: 10,
    temperature: 0.5,
    topP: 0.9,
    topK: 5,
    presencePenalty: 1,
    frequencyPenalty: -1,
    stop: ['END'],
    seed: 7,
    signal,
    toolChoice: { tool: 'weather' },
    reasoning: { effort: 'high' },
    headers: { 'anthropic-beta': 'a-1' },
  })
  expect(warnings).toEqual([])
  expect(principal).toBeUndefined()
})

test('the form of an answer is a schema, held to strictly unless somebody says otherwise', () => {
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' }
  const responseFormat = { type: 'json', schema, name: 'city', description: 'A city' } as const
  const output = { type: 'json-schema', schema: { type: 'object' }, name: 'city', description: 'A city' }
  expect(decode({ responseFormat }).request.output).toEqual({ ...output, strict: true })
  const openai = { strictJsonSchema: false }
  expect(decode({ responseFormat, providerOptions: { openai } }).request.output).toEqual({ ...output, strict: false })
  const google = { structuredOutputs: false }
  expect(decode({ responseFormat, providerOptions: { google } }).request.output).toEqual({ type: 'json' })
  expect(decode({ responseFormat: { type: 'json' } }).request.output).toEqual({ type: 'json' })
  expect(decode({ responseFormat: { type: 'text' } }).request.output).toBeUndefined()
})

test("tools are functions, or a provider's own in its own words", () => {
  const { request } = decode({
    tools: [
      {
        type: 'function',
        name: 'weather',
        description: 'The weather',
        inputSchema: { type: 'object' },
        strict: true,
        providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
      },
      { type: 'provider', id: 'anthropic.web_search_20250305', name: 'web_search', args: { maxUses: 3 } },
      { type: 'provider-defined', id: 'openai.web_search', name: 'web_search', args: { searchContextSize: 'low' } },
      { type: 'provider', id: 'google.google_search', name: 'google_search', args: {} },
      { type: 'provider-defined', id: 'xai.live_search', name: 'live', args: { maxUses: 1 } },
    ],
  })
  expect(request.tools).toEqual([
    {
      type: 'function',
      name: 'weather',
      description: 'The weather',
      parameters: { type: 'object' },
      strict: true,
      cache: {},
    },
    {
      type: 'hosted',
      dialect: 'anthropic-messages',
      value: { type: 'web_search_20250305', name: 'web_search', max_uses: 3 },
    },
    { type: 'hosted', dialect: 'openai-responses', value: { type: 'web_search', search_context_size: 'low' } },
    { type: 'hosted', dialect: 'gemini', value: { googleSearch: {} } },
    {
      type: 'hosted',
      dialect: 'ai-sdk',
      value: { type: 'provider', id: 'xai.live_search', name: 'live', args: { maxUses: 1 } },
    },
  ])
})

test.each([
  ['openai.code_interpreter', {}, { type: 'code_interpreter', container: { type: 'auto' } }],
  ['openai.code_interpreter', { container: 'cntr_1' }, { type: 'code_interpreter', container: 'cntr_1' }],
  [
    'openai.code_interpreter',
    { container: { fileIds: ['f'] } },
    { type: 'code_interpreter', container: { type: 'auto', file_ids: ['f'] } },
  ],
  [
    'openai.file_search',
    { vectorStoreIds: ['v'], ranking: { scoreThreshold: 0.5 } },
    { type: 'file_search', vector_store_ids: ['v'], ranking_options: { score_threshold: 0.5 } },
  ],
  [
    'openai.mcp',
    { serverUrl: 'https://a.b/', headers: { 'X-Team': 't' }, allowedTools: { toolNames: ['a'] } },
    {
      type: 'mcp',
      server_url: 'https://a.b/',
      headers: { 'X-Team': 't' },
      allowed_tools: { tool_names: ['a'] },
      require_approval: 'never',
    },
  ],
  ['openai.mcp', { requireApproval: 'always' }, { type: 'mcp', require_approval: 'always' }],
  ['openai.custom', { description: 'SQL' }, { type: 'custom', name: 'mine', description: 'SQL' }],
  [
    'openai.tool_search',
    { parameters: { properties: { userId: {} } } },
    { type: 'tool_search', parameters: { properties: { userId: {} } } },
  ],
  ['anthropic.web_search_20250305', { maxUses: 1 }, { type: 'web_search_20250305', name: 'web_search', max_uses: 1 }],
  ['anthropic.bash_20250124', {}, { type: 'bash_20250124', name: 'bash' }],
  ['anthropic.text_editor_20250124', {}, { type: 'text_editor_20250124', name: 'str_replace_editor' }],
  ['anthropic.text_editor_20250728', {}, { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' }],
  [
    'anthropic.tool_search_regex_20251119',
    {},
    { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' },
  ],
  ['anthropic.computer_toolset_20260801', {}, { type: 'computer_toolset_20260801' }],
])(
  "%s goes out as its provider's API wants it, whatever the application calls it, and comes back: %j",
  (id, args, value) => {
    const { request } = decode({ tools: [{ type: 'provider', id, name: 'mine', args }] })
    const [tool] = request.tools!
    expect(tool).toMatchObject({ type: 'hosted', value })
    expect((tool as { value: object }).value).toEqual(value)
    const again = encodeTool(tool!)
    expect(again).toMatchObject({ type: 'provider', id })
    expect(decodeTool(again!)).toEqual(tool)
  },
)

test.each([
  [{ openai: { reasoningEffort: 'low' } }, { reasoning: { effort: 'low' } }],
  [{ openai: { reasoningSummary: 'auto' } }, { reasoning: { visible: true } }],
  [
    { openai: { reasoningSummary: 'detailed' } },
    { reasoning: { visible: true, extensions: { 'openai-responses': { summary: 'detailed' } } } },
  ],
  [{ anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } }, { reasoning: { budgetTokens: 2000 } }],
  [{ anthropic: { thinking: { type: 'disabled' } } }, { reasoning: { effort: 'none' } }],
  [{ anthropic: { thinking: { type: 'adaptive' }, effort: 'high' } }, { reasoning: { effort: 'high' } }],
  [
    { anthropic: { thinking: { type: 'adaptive' } } },
    { reasoning: { extensions: { 'anthropic-messages': { type: 'adaptive' } } } },
  ],
  [
    { google: { thinkingConfig: { thinkingBudget: 500, includeThoughts: true } } },
    { reasoning: { budgetTokens: 500, visible: true } },
  ],
  [{ google: { thinkingConfig: { thinkingBudget: 0 } } }, { reasoning: { effort: 'none' } }],
  [{ google: { thinkingConfig: { thinkingLevel: 'HIGH' } } }, { reasoning: { effort: 'high' } }],
  [
    { openai: { reasoningEffort: 'low' }, anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } },
    { reasoning: { effort: 'low', budgetTokens: 2000 } },
  ],
  [{ zerohop: { reasoningEffort: 'minimal' } }, { reasoning: { effort: 'minimal' } }],
  [
    { openai: { parallelToolCalls: false, user: 'u', store: true } },
    { parallelToolCalls: false, user: 'u', store: true },
  ],
  [{ anthropic: { disableParallelToolUse: true, metadata: { userId: 'u' } } }, { parallelToolCalls: false, user: 'u' }],
  [
    { openai: { logprobs: 3, logitBias: { 50256: -100 } } },
    { logprobs: true, topLogprobs: 3, logitBias: { 50256: -100 } },
  ],
  [
    { google: { responseModalities: ['TEXT', 'IMAGE'], labels: { a: 'b' } } },
    { modalities: ['text', 'image'], metadata: { a: 'b' } },
  ],
])('%j says what any provider can be told', (providerOptions, said) => {
  const { fields, warnings } = fieldsOf(providerOptions)
  expect(fields).toEqual({ extensions: {}, ...said })
  expect(warnings).toEqual([])
})

test.each([
  [
    { openai: { promptCacheKey: 'k', textVerbosity: 'low' } },
    {
      'openai-chat': { prompt_cache_key: 'k', verbosity: 'low' },
      'openai-responses': { prompt_cache_key: 'k', text: { verbosity: 'low' } },
    },
  ],
  [{ openai: { previousResponseId: 'r' } }, { 'openai-responses': { previous_response_id: 'r' } }],
  [
    { anthropic: { mcpServers: [{ type: 'url', authorizationToken: 't' }] } },
    { 'anthropic-messages': { mcp_servers: [{ type: 'url', authorization_token: 't' }] } },
  ],
  [
    { google: { safetySettings: [{ category: 'C' }], imageConfig: { aspectRatio: '1:1' } } },
    { gemini: { safetySettings: [{ category: 'C' }], generationConfig: { imageConfig: { aspectRatio: '1:1' } } } },
  ],
])('%j goes to that provider only, in its words', (providerOptions, extensions) => {
  expect(fieldsOf(providerOptions)).toEqual({ fields: { extensions }, warnings: [] })
})

test('what cannot be said is warned of, by its name and not by its value', () => {
  const { warnings } = decode({
    providerOptions: { openai: { systemMessageMode: 'remove' }, xai: { mode: 'on' } },
  })
  expect(warnings).toEqual(['providerOptions.openai.systemMessageMode was left out: it has no name here.'])
})

test('all options of other providers are kept for models of the AI SDK', () => {
  const others = { openai: { reasoningEffort: 'low' }, xai: { mode: 'on' } }
  const { request } = decode({ providerOptions: { ...others, zerohop: { team: 'search' } } })
  expect(request.extensions).toEqual({ 'ai-sdk': { providerOptions: others } })
})

test('providerOptions.zerohop says on whose behalf a call is, and how it is served', () => {
  const { principal, request } = decode({
    providerOptions: {
      zerohop: {
        key: 'k',
        team: 't',
        user: 'u',
        session: 's',
        promptId: 'p',
        tags: ['a'],
        principal: { plan: 'free' },
        timeout: '20s',
        maxAttempts: 2,
        prefer: { order: ['anthropic'] },
        fallback: ['other'],
        cache: { ttl: '1m' },
      },
    },
  })
  expect(principal).toEqual({ key: 'k', team: 't', user: 'u', session: 's', promptId: 'p', tags: ['a'], plan: 'free' })
  expect(request).toMatchObject({ timeout: '20s', maxAttempts: 2, cache: { ttl: '1m' } })
  expect(request).toMatchObject({ prefer: { order: ['anthropic'] }, fallback: ['other'] })
})

test.each(['free', ['free'], 7])('a principal that is %j is refused, and no principal of its letters', (principal) => {
  expect(() => decode({ providerOptions: { zerohop: { principal } } })).toThrow(/zerohop\.principal is no object/)
})
