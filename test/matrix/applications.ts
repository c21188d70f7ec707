import { pixel, question, schema, system, tool } from './questions.ts'

/** What an application asks. */
export type Kind = 'plain' | 'tools' | 'schema' | 'picture' | 'thinking'

// biome-ignore lint/suspicious/noExplicitAny: JSON, read as the formats' documentation says it is.
export type Json = any

export type Body = Readonly<Record<string, unknown>>

/** What an answer says, in no format's words. */
export interface Said {
  readonly text: string
  readonly reasoning: string
  /** Empty where the format does not tell a refusal from other words. */
  readonly refusal: string
  /** The text and the refusal. */
  readonly words: string
  readonly calls: readonly { readonly id: string | undefined; readonly name: string; readonly arguments: unknown }[]
  readonly end: 'stop' | 'length' | 'tool-calls' | 'content-filter' | undefined
  readonly usage: {
    readonly input: number | undefined
    readonly output: number | undefined
    readonly cached: number | undefined
    readonly reasoning: number | undefined
  }
}

/** An application that writes and reads the wire by hand, as a format's documentation says. */
export interface Application {
  readonly name: 'openai-chat' | 'anthropic-messages' | 'gemini' | 'openai-responses'
  readonly asks: Readonly<Record<Kind, Body>>
  url(streams: boolean): string
  /** What asks for a stream beside the address. */
  readonly streaming: Body
  /** Puts the events of a stream together to what a whole answer would have been. */
  assemble(events: readonly Json[]): Json
  read(answer: Json): Omit<Said, 'words'>
  /** The request that sends an answer back as it came, with the result of each call. */
  next(body: Body, answer: Json, results: readonly string[]): Body
}

const picture = `data:image/png;base64,${pixel}`
const user = { role: 'user', content: question }

const openaiTool = { type: 'function', function: { ...tool, parameters: schema } }
const openaiChat: Application = {
  name: 'openai-chat',
  asks: {
    plain: {
      model: 'chosen',
      messages: [{ role: 'system', content: system }, user],
      max_completion_tokens: 100,
      temperature: 0.5,
      stop: ['END'],
    },
    tools: { model: 'chosen', messages: [user], tools: [openaiTool], tool_choice: 'required' },
    schema: {
      model: 'chosen',
      messages: [user],
      response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } },
    },
    picture: {
      model: 'chosen',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: question },
            { type: 'image_url', image_url: { url: picture } },
          ],
        },
      ],
    },
    thinking: { model: 'chosen', messages: [user], reasoning_effort: 'high', tools: [openaiTool] },
  },
  url: () => 'https://api.openai.com/v1/chat/completions',
  streaming: { stream: true, stream_options: { include_usage: true } },
  assemble(chunks) {
    const message: Json = { role: 'assistant' }
    let finish_reason: unknown
    let usage: unknown
    for (const { choices, usage: told } of chunks) {
      usage = told ?? usage
      for (const { delta, finish_reason: reason } of choices) {
        finish_reason = reason ?? finish_reason
        for (const name of ['content', 'refusal', 'reasoning_content']) {
          if (delta[name]) message[name] = (message[name] ?? '') + delta[name]
        }
        for (const detail of delta.reasoning_details ?? []) (message.reasoning_details ??= []).push(detail)
        for (const { index, function: called, ...call } of delta.tool_calls ?? []) {
          message.tool_calls ??= []
          const kept = (message.tool_calls[index] ??= { ...call, function: { name: called.name, arguments: '' } })
          kept.function.arguments += called?.arguments ?? ''
        }
      }
    }
    return { choices: [{ message, finish_reason }], usage }
  },
  read({ choices: [{ message, finish_reason }], usage }) {
    return {
      text: message.content ?? '',
      reasoning: message.reasoning_content ?? message.reasoning ?? '',
      refusal: message.refusal ?? '',
      calls: (message.tool_calls ?? []).map(({ id, function: called }: Json) => ({
        id,
        name: called.name,
        arguments: JSON.parse(called.arguments),
      })),
      end: ({ stop: 'stop', length: 'length', tool_calls: 'tool-calls', content_filter: 'content-filter' } as const)[
        finish_reason as 'stop'
      ],
      usage: {
        input: usage?.prompt_tokens,
        output: usage?.completion_tokens,
        cached: usage?.prompt_tokens_details?.cached_tokens,
        reasoning: usage?.completion_tokens_details?.reasoning_tokens,
      },
    }
  },
  next(body, { choices: [{ message }] }, results) {
    const answers = results.map((content, index) => {
      return { role: 'tool', tool_call_id: message.tool_calls[index].id, content }
    })
    return { ...body, messages: [...(body['messages'] as Json[]), message, ...answers] }
  },
}

const anthropicTool = { ...tool, input_schema: schema }
const anthropicMessages: Application = {
  name: 'anthropic-messages',
  asks: {
    plain: {
      model: 'chosen',
      system,
      messages: [user],
      max_tokens: 100,
      temperature: 0.5,
      stop_sequences: ['END'],
    },
    tools: {
      model: 'chosen',
      messages: [user],
      max_tokens: 1024,
      tools: [anthropicTool],
      tool_choice: { type: 'any' },
    },
    schema: {
      model: 'chosen',
      messages: [user],
      max_tokens: 1024,
      output_config: { format: { type: 'json_schema', schema } },
    },
    picture: {
      model: 'chosen',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: question },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
          ],
        },
      ],
      max_tokens: 1024,
    },
    thinking: {
      model: 'chosen',
      messages: [user],
      max_tokens: 4096,
      thinking: { type: 'enabled', budget_tokens: 2048 },
      tools: [anthropicTool],
    },
  },
  url: () => 'https://api.anthropic.com/v1/messages',
  streaming: { stream: true },
  assemble(events) {
    let message: Json
    for (const event of events) {
      const { type, index, delta } = event
      if (type === 'message_start') message = structuredClone(event.message)
      else if (type === 'content_block_start') message.content[index] = { ...event.content_block }
      else if (type === 'content_block_delta') {
        const block = message.content[index]
        const { type: _, partial_json, ...said } = delta
        if (partial_json !== undefined) block.json = (block.json ?? '') + partial_json
        for (const name in said) block[name] = (block[name] ?? '') + said[name]
      } else if (type === 'content_block_stop') {
        const { json, ...block } = message.content[index]
        message.content[index] = json === undefined ? block : { ...block, input: JSON.parse(json || '{}') }
      } else if (type === 'message_delta') {
        message = { ...message, ...delta, usage: { ...message.usage, ...event.usage } }
      }
    }
    return message
  },
  read({ content, stop_reason, usage }) {
    const joined = (type: string, name: string): string =>
      content.map((block: Json) => (block.type === type ? block[name] : '')).join('')
    return {
      text: joined('text', 'text'),
      reasoning: joined('thinking', 'thinking'),
      refusal: '',
      calls: content
        .filter(({ type }: Json) => type === 'tool_use')
        .map(({ id, name, input }: Json) => ({ id, name, arguments: input })),
      end: (
        {
          end_turn: 'stop',
          stop_sequence: 'stop',
          max_tokens: 'length',
          tool_use: 'tool-calls',
          refusal: 'content-filter',
        } as const
      )[stop_reason as 'end_turn'],
      usage: {
        input: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
        output: usage.output_tokens,
        cached: usage.cache_read_input_tokens,
        reasoning: usage.output_tokens_details?.thinking_tokens,
      },
    }
  },
  next(body, { content }, results) {
    const calls = content.filter(({ type }: Json) => type === 'tool_use')
    const answers = results.map((result, index) => {
      return { type: 'tool_result', tool_use_id: calls[index].id, content: result }
    })
    const turn = [
      { role: 'assistant', content },
      { role: 'user', content: answers },
    ]
    return { ...body, messages: [...(body['messages'] as Json[]), ...turn] }
  },
}

const geminiTools = [{ functionDeclarations: [{ ...tool, parametersJsonSchema: schema }] }]
const geminiUser = { role: 'user', parts: [{ text: question }] }
const gemini: Application = {
  name: 'gemini',
  asks: {
    plain: {
      systemInstruction: { parts: [{ text: system }] },
      contents: [geminiUser],
      generationConfig: { maxOutputTokens: 100, temperature: 0.5, stopSequences: ['END'] },
    },
    tools: {
      contents: [geminiUser],
      tools: geminiTools,
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    },
    schema: {
      contents: [geminiUser],
      generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema },
    },
    picture: {
      contents: [{ role: 'user', parts: [{ text: question }, { inlineData: { mimeType: 'image/png', data: pixel } }] }],
    },
    thinking: {
      contents: [geminiUser],
      tools: geminiTools,
      generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 } },
    },
  },
  url: (streams) =>
    `https://generativelanguage.googleapis.com/v1beta/models/chosen:${streams ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  streaming: {},
  assemble(chunks) {
    const parts = joined(chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []))
    const finishReason = chunks.map(({ candidates }) => candidates?.[0]?.finishReason).findLast(Boolean)
    const usageMetadata = chunks.map((chunk) => chunk.usageMetadata).findLast(Boolean)
    return { candidates: [{ content: { role: 'model', parts }, finishReason }], usageMetadata }
  },
  read({ candidates: [{ content, finishReason }], usageMetadata: usage }) {
    const parts: Json[] = content?.parts ?? []
    const calls = parts.flatMap(({ functionCall: call }) => (call ? [call] : []))
    const end = ({ STOP: 'stop', MAX_TOKENS: 'length', SAFETY: 'content-filter' } as const)[finishReason as 'STOP']
    return {
      text: parts.map(({ thought, text = '' }) => (thought ? '' : text)).join(''),
      reasoning: parts.map(({ thought, text = '' }) => (thought ? text : '')).join(''),
      refusal: '',
      calls: calls.map(({ id, name, args }) => ({ id, name, arguments: args })),
      // It tells calls by their presence.
      end: end === 'stop' && calls.length > 0 ? 'tool-calls' : end,
      usage: {
        input: usage?.promptTokenCount,
        output: usage && (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
        cached: usage?.cachedContentTokenCount,
        reasoning: usage?.thoughtsTokenCount,
      },
    }
  },
  next(body, { candidates: [{ content }] }, results) {
    const calls = content.parts.flatMap(({ functionCall }: Json) => (functionCall ? [functionCall] : []))
    const answers = results.map((output, index) => {
      const { id, name } = calls[index]
      return { functionResponse: { ...(id && { id }), name, response: { output } } }
    })
    return { ...body, contents: [...(body['contents'] as Json[]), content, { role: 'user', parts: answers }] }
  },
}

/** Puts texts that follow each other together and drops empty ones, as Google's SDK does. */
function joined(parts: readonly Json[]): Json[] {
  const all: Json[] = []
  for (const { text, ...part } of parts) {
    if (text === '' && !part.thoughtSignature) continue
    const last = all.at(-1)
    const goesOn = text !== undefined && last?.text !== undefined && last.thought === part.thought
    if (goesOn && !last.thoughtSignature) Object.assign(last, part, { text: last.text + text })
    else all.push(text === undefined ? part : { text, ...part })
  }
  return all
}

const responsesTool = { type: 'function', ...tool, parameters: schema, strict: false }
const openaiResponses: Application = {
  name: 'openai-responses',
  asks: {
    // It knows no stop sequences.
    plain: { model: 'chosen', instructions: system, input: [user], max_output_tokens: 100, temperature: 0.5 },
    tools: { model: 'chosen', input: [user], tools: [responsesTool], tool_choice: 'required' },
    schema: {
      model: 'chosen',
      input: [user],
      text: { format: { type: 'json_schema', name: 'place', schema, strict: true } },
    },
    picture: {
      model: 'chosen',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: question },
            { type: 'input_image', image_url: picture, detail: 'auto' },
          ],
        },
      ],
    },
    thinking: {
      model: 'chosen',
      input: [user],
      tools: [responsesTool],
      reasoning: { effort: 'high', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    },
  },
  url: () => 'https://api.openai.com/v1/responses',
  streaming: { stream: true },
  assemble: (events) => events.find(({ type }) => /^response\.(completed|incomplete)$/.test(type)).response,
  read({ output, status, incomplete_details, usage }) {
    const content = output.flatMap((item: Json) => (item.type === 'message' ? item.content : []))
    const joined = (name: string): string => content.map((piece: Json) => piece[name] ?? '').join('')
    const calls = output.filter(({ type }: Json) => type === 'function_call')
    const cut = ({ max_output_tokens: 'length', content_filter: 'content-filter' } as const)[
      incomplete_details?.reason as 'max_output_tokens'
    ]
    return {
      text: joined('text'),
      reasoning: output
        .flatMap((item: Json) => (item.type === 'reasoning' ? item.summary : []))
        .map(({ text }: Json) => text)
        .join(''),
      refusal: joined('refusal'),
      calls: calls.map(({ call_id, name, arguments: text }: Json) => {
        return { id: call_id, name, arguments: JSON.parse(text) }
      }),
      end: status === 'incomplete' ? cut : calls.length > 0 ? 'tool-calls' : 'stop',
      usage: {
        input: usage?.input_tokens,
        output: usage?.output_tokens,
        cached: usage?.input_tokens_details?.cached_tokens,
        reasoning: usage?.output_tokens_details?.reasoning_tokens,
      },
    }
  },
  next(body, { output }, results) {
    const calls = output.filter(({ type }: Json) => type === 'function_call')
    const answers = results.map((result, index) => {
      return { type: 'function_call_output', call_id: calls[index].call_id, output: result }
    })
    return { ...body, input: [...(body['input'] as Json[]), ...output, ...answers] }
  },
}

export const applications: readonly Application[] = [openaiChat, anthropicMessages, gemini, openaiResponses]
