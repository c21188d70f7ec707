import { expect } from 'vitest'
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts'
import { anthropic as anthropicRow } from '../../src/providers/anthropic.ts'
import { bedrock as bedrockRow } from '../../src/providers/bedrock.ts'
import { cohere as cohereRow } from '../../src/providers/cohere.ts'
import { google as googleRow } from '../../src/providers/google.ts'
import { mistral as mistralRow } from '../../src/providers/makers.ts'
import { ollamaNative } from '../../src/providers/ollama.ts'
import { openai as openaiRow } from '../../src/providers/openai.ts'
import { openrouter } from '../../src/providers/openai-compatible.ts'
import type { AnyProvider } from '../../src/providers/provider.ts'
import type { Kind } from './applications.ts'
import { pixel, question, schema, system, tool } from './questions.ts'

/** A format that providers speak. */
export interface ProviderFormat {
  readonly name: string
  /** The provider, and whoever else its models here are of. */
  readonly rows: readonly AnyProvider[]
  /** The simulator's name of the provider. */
  readonly provider: string
  readonly model: string
  /** A model that shows its thoughts. */
  readonly thinker: { readonly provider: string; readonly model: string }
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
  rows: [inMainFormat(openaiRow), inMainFormat(openrouter)],
  provider: 'openai',
  model: 'openai/gpt-5-mini',
  // OpenAI itself shows no thoughts here.
  thinker: { provider: 'openrouter', model: 'openrouter/openai/gpt-5-mini' },
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
  rows: [anthropicRow],
  provider: 'anthropic',
  model: 'anthropic/claude-sonnet-4-5',
  thinker: { provider: 'anthropic', model: 'anthropic/claude-sonnet-4-5' },
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
  rows: [googleRow],
  provider: 'google',
  model: 'google/gemini-2.5-flash',
  thinker: { provider: 'google', model: 'google/gemini-2.5-flash' },
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

const inputOf = ({ input }: Readonly<Record<string, unknown>>): unknown[] => input as unknown[]

const responses: ProviderFormat = {
  name: 'openai-responses',
  rows: [{ ...openaiRow, operations: { chat: { dialect: openaiResponses } } }],
  provider: 'openai',
  model: 'openai/gpt-5-mini',
  thinker: { provider: 'openai', model: 'openai/gpt-5-mini' },
  received: {
    // It knows no stop sequences.
    plain: {
      model: 'gpt-5-mini',
      instructions: system,
      input: [{ role: 'user', content: question }],
      max_output_tokens: 100,
      temperature: 0.5,
    },
    tools: { tools: [{ type: 'function', ...tool, parameters: schema }], tool_choice: 'required' },
    schema: { text: { format: { type: 'json_schema', name: expect.any(String), schema } } },
    picture: {
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: question },
            { type: 'input_image', image_url: `data:image/png;base64,${pixel}` },
          ],
        },
      ],
    },
    thinking: { reasoning: { effort: expect.any(String) }, include: ['reasoning.encrypted_content'] },
  },
  results: [
    { role: 'assistant', content: expect.toSatisfy((content) => /I look it up\./.test(JSON.stringify(content))) },
    { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: JSON.stringify(oslo) },
    { type: 'function_call', call_id: 'call_2', name: 'weather', arguments: JSON.stringify(bergen) },
    { type: 'function_call_output', call_id: 'call_1', output: '7 degrees' },
    { type: 'function_call_output', call_id: 'call_2', output: 'rain' },
  ],
  thought: [
    { type: 'reasoning', encrypted_content: 'c2lnbmF0dXJl' },
    { type: 'function_call', call_id: 'call_1' },
    { type: 'function_call_output', call_id: 'call_1', output: '7 degrees' },
  ],
  messages: inputOf,
}

const bedrock: ProviderFormat = {
  name: 'bedrock-converse',
  rows: [bedrockRow],
  provider: 'bedrock',
  model: 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  thinker: { provider: 'bedrock', model: 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0' },
  received: {
    plain: {
      system: [{ text: system }],
      messages: [{ role: 'user', content: [{ text: question }] }],
      inferenceConfig: { maxTokens: 100, temperature: 0.5, stopSequences: ['END'] },
    },
    tools: {
      toolConfig: { tools: [{ toolSpec: { ...tool, inputSchema: { json: schema } } }], toolChoice: { any: {} } },
    },
    schema: {
      outputConfig: {
        textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: JSON.stringify(schema) } } },
      },
    },
    picture: {
      messages: [
        { role: 'user', content: [{ text: question }, { image: { format: 'png', source: { bytes: pixel } } }] },
      ],
    },
    thinking: { additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: expect.any(Number) } } },
  },
  results: [
    {
      role: 'assistant',
      content: [
        { text: 'I look it up.' },
        { toolUse: { toolUseId: 'call_1', name: 'weather', input: oslo } },
        { toolUse: { toolUseId: 'call_2', name: 'weather', input: bergen } },
      ],
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'call_1', content: [{ text: '7 degrees' }] } },
        { toolResult: { toolUseId: 'call_2', content: [{ text: 'rain' }] } },
      ],
    },
  ],
  thought: [
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'Look first.', signature: 'c2lnbmF0dXJl' } } },
        { toolUse: { toolUseId: 'call_1' } },
      ],
    },
    { role: 'user', content: [{ toolResult: { toolUseId: 'call_1', content: [{ text: '7 degrees' }] } }] },
  ],
  messages: ({ messages }) => messages as unknown[],
}

const cohere: ProviderFormat = {
  name: 'cohere-chat',
  rows: [cohereRow],
  provider: 'cohere',
  model: 'cohere/command-a-reasoning-08-2025',
  thinker: { provider: 'cohere', model: 'cohere/command-a-reasoning-08-2025' },
  received: {
    plain: {
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: question },
      ],
      max_tokens: 100,
      temperature: 0.5,
      stop_sequences: ['END'],
    },
    tools: { tools: [{ type: 'function', function: { ...tool, parameters: schema } }], tool_choice: 'REQUIRED' },
    schema: { response_format: { type: 'json_object', json_schema: schema } },
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
    thinking: { thinking: { type: 'enabled' } },
  },
  // What it said beside its calls is its plan, and an application of another format is not told of plans.
  results: [
    {
      role: 'assistant',
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'weather', arguments: JSON.stringify(oslo) } },
        { id: 'call_2', type: 'function', function: { name: 'weather', arguments: JSON.stringify(bergen) } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '7 degrees' },
    { role: 'tool', tool_call_id: 'call_2', content: 'rain' },
  ],
  // Its thoughts need no proof.
  thought: [
    { role: 'assistant', tool_calls: [{ id: 'call_1' }] },
    { role: 'tool', tool_call_id: 'call_1', content: '7 degrees' },
  ],
  messages: ({ messages }) => messages as unknown[],
}

const ollama: ProviderFormat = {
  name: 'ollama',
  rows: [ollamaNative],
  provider: 'ollama',
  model: 'ollama-native/qwen3:4b',
  thinker: { provider: 'ollama', model: 'ollama-native/qwen3:4b' },
  received: {
    plain: {
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: question },
      ],
      options: { num_predict: 100, temperature: 0.5, stop: ['END'] },
    },
    tools: { tools: [{ type: 'function', function: { ...tool, parameters: schema } }] },
    schema: { format: schema },
    picture: { messages: [{ role: 'user', content: question, images: [pixel] }] },
    thinking: { think: true },
  },
  results: [
    {
      role: 'assistant',
      content: 'I look it up.',
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'weather', arguments: oslo } },
        { id: 'call_2', type: 'function', function: { name: 'weather', arguments: bergen } },
      ],
    },
    { role: 'tool', tool_name: 'weather', tool_call_id: 'call_1', content: '7 degrees' },
    { role: 'tool', tool_name: 'weather', tool_call_id: 'call_2', content: 'rain' },
  ],
  // Its thoughts need no proof.
  thought: [
    { role: 'assistant', tool_calls: [{ id: 'call_1' }] },
    { role: 'tool', tool_call_id: 'call_1', content: '7 degrees' },
  ],
  messages: ({ messages }) => messages as unknown[],
}

/** An id that Mistral takes. */
const nine = expect.stringMatching(/^[a-zA-Z0-9]{9}$/)

const mistral: ProviderFormat = {
  name: 'mistral',
  rows: [mistralRow],
  provider: 'mistral',
  model: 'mistral/mistral-small-latest',
  thinker: { provider: 'mistral', model: 'mistral/mistral-small-latest' },
  received: {
    ...openai.received,
    plain: {
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: question },
      ],
      max_tokens: 100,
      temperature: 0.5,
      stop: ['END'],
    },
    thinking: { reasoning_effort: 'high' },
  },
  results: [
    {
      role: 'assistant',
      content: 'I look it up.',
      tool_calls: [
        { id: nine, type: 'function', function: { name: 'weather', arguments: JSON.stringify(oslo) } },
        { id: nine, type: 'function', function: { name: 'weather', arguments: JSON.stringify(bergen) } },
      ],
    },
    { role: 'tool', tool_call_id: nine, content: '7 degrees' },
    { role: 'tool', tool_call_id: nine, content: 'rain' },
  ],
  // Its thoughts need no proof.
  thought: [
    { role: 'assistant', tool_calls: [{ id: nine }] },
    { role: 'tool', tool_call_id: nine, content: '7 degrees' },
  ],
  messages: ({ messages }) => messages as unknown[],
}

/** A row that speaks its main format only, so that an application of another one of its formats meets this. */
export function inMainFormat<Row extends AnyProvider>(row: Row): Row {
  const { also: _, ...chat } = row.operations.chat!
  return { ...row, operations: { ...row.operations, chat } }
}

export const providerFormats: readonly ProviderFormat[] = [
  openai,
  responses,
  anthropic,
  google,
  bedrock,
  cohere,
  ollama,
  mistral,
]
