import { expect } from 'vitest'
import type { Kind } from './applications.ts'
import { pixel, question, schema, system, tool } from './questions.ts'

/** A format that providers speak. */
export interface ProviderFormat {
  readonly name: 'openai' | 'anthropic' | 'google'
  readonly model: string
  /** A model that shows its thoughts. */
  readonly thinker: string
  /** What must arrive of each question, in the format's own words. */
  readonly received: Readonly<Record<Kind, object>>
  /** The words and calls of the former turn, and what the calls gave. */
  readonly results: readonly object[]
  /** A thought with its proof, the call that it led to, and the result. */
  readonly thought: readonly object[]
  /** The messages of a request. */
  messages(body: Readonly<Record<string, unknown>>): readonly unknown[]
}

const oslo = { city: 'Oslo' }
const bergen = { city: 'Bergen' }

const openai: ProviderFormat = {
  name: 'openai',
  model: 'openai/gpt-5-mini',
  thinker: 'openrouter/openai/gpt-5-mini',
  received: {
    plain: {
      model: 'gpt-5-mini',
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: question },
      ],
      max_completion_tokens: 100,
      temperature: 0.5,
      stop: ['END'],
    },
    tools: { tools: [{ type: 'function', function: { ...tool, parameters: schema } }], tool_choice: 'required' },
    schema: { response_format: { type: 'json_schema', json_schema: { name: expect.any(String), schema } } },
    picture: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: question },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
          ],
        },
      ],
    },
    thinking: { reasoning: expect.toSatisfy(({ effort, max_tokens }) => effort === 'high' || max_tokens === 2048) },
  },
  results: [
    {
      role: 'assistant',
      content: 'I look it up.',
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'weather', arguments: JSON.stringify(oslo) } },
        { id: 'call_2', type: 'function', function: { name: 'weather', arguments: JSON.stringify(bergen) } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '7 degrees' },
    { role: 'tool', tool_call_id: 'call_2', content: 'rain' },
  ],
  thought: [
    {
      role: 'assistant',
      reasoning_details: [{ type: 'reasoning.text', text: 'Look first.', signature: 'c2lnbmF0dXJl' }],
      tool_calls: [{ id: 'call_1' }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '7 degrees' },
  ],
  messages: ({ messages }) => messages as unknown[],
}

const anthropic: ProviderFormat = {
  name: 'anthropic',
  model: 'anthropic/claude-sonnet-4-5',
  thinker: 'anthropic/claude-sonnet-4-5',
  received: {
    plain: {
      model: 'claude-sonnet-4-5',
      system,
      messages: [{ role: 'user', content: question }],
      max_tokens: 100,
      temperature: 0.5,
      stop_sequences: ['END'],
    },
    tools: { tools: [{ ...tool, input_schema: schema }], tool_choice: { type: 'any' } },
    schema: { output_config: { format: { type: 'json_schema', schema } } },
    picture: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: question },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
          ],
        },
      ],
    },
    thinking: { thinking: { type: 'enabled', budget_tokens: expect.any(Number) } },
  },
  results: [
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'I look it up.' },
        { type: 'tool_use', id: 'call_1', name: 'weather', input: oslo },
        { type: 'tool_use', id: 'call_2', name: 'weather', input: bergen },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'call_1', content: '7 degrees' },
        { type: 'tool_result', tool_use_id: 'call_2', content: 'rain' },
      ],
    },
  ],
  thought: [
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Look first.', signature: 'c2lnbmF0dXJl' },
        { type: 'tool_use', id: 'call_1' },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: '7 degrees' }] },
  ],
  messages: ({ messages }) => messages as unknown[],
}

const google: ProviderFormat = {
  name: 'google',
  model: 'google/gemini-2.5-flash',
  thinker: 'google/gemini-2.5-flash',
  received: {
    plain: {
      systemInstruction: { parts: [{ text: system }] },
      contents: [{ role: 'user', parts: [{ text: question }] }],
      generationConfig: { maxOutputTokens: 100, temperature: 0.5, stopSequences: ['END'] },
    },
    tools: {
      tools: [{ functionDeclarations: [{ ...tool, parametersJsonSchema: schema }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    },
    schema: { generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema } },
    picture: {
      contents: [{ role: 'user', parts: [{ text: question }, { inlineData: { mimeType: 'image/png', data: pixel } }] }],
    },
    thinking: { generationConfig: { thinkingConfig: { thinkingBudget: expect.any(Number) } } },
  },
  results: [
    {
      role: 'model',
      parts: [
        { text: 'I look it up.' },
        { functionCall: { id: 'call_1', name: 'weather', args: oslo } },
        { functionCall: { id: 'call_2', name: 'weather', args: bergen } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: 'call_1', name: 'weather', response: { output: '7 degrees' } } },
        { functionResponse: { id: 'call_2', name: 'weather', response: { output: 'rain' } } },
      ],
    },
  ],
  // Gemini signs the call that a thought led to.
  thought: [
    {
      role: 'model',
      parts: expect.arrayContaining([
        {
          functionCall: { id: 'call_1', name: 'weather', args: oslo },
          thoughtSignature: 'c2lnbmF0dXJl',
        },
      ]),
    },
    {
      role: 'user',
      parts: [{ functionResponse: { id: 'call_1', name: 'weather', response: { output: '7 degrees' } } }],
    },
  ],
  messages: ({ contents }) => contents as unknown[],
}

export const providerFormats: readonly ProviderFormat[] = [openai, anthropic, google]
