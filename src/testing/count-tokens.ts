import { anthropicMessages } from './anthropic-messages.ts'
import { gemini } from './gemini.ts'
import { openaiChat } from './openai-chat.ts'
import { countTokensWithin } from './tokens.ts'
import { geminiModel, wholeFormat } from './whole-format.ts'
import { field, list, type WireFormat } from './wire-format.ts'

// Nobody bills for counting.

/** Speaks OpenAI's `responses/input_tokens`. */
export const openaiInputTokens: WireFormat = wholeFormat(
  {
    id: 'openai-input-tokens',
    matches: (path) => path.endsWith('/responses/input_tokens'),
    input: () => [],
    complaint: ({ stream, max_output_tokens: maximum }) =>
      (stream ?? maximum) === undefined ? undefined : 'Unknown parameter: it does not count as input.',
    answer: (_generation, { body }) => ({
      object: 'response.input_tokens',
      input_tokens: countTokensWithin([body['input'], body['instructions'], body['tools'], body['text']]),
    }),
  },
  openaiChat,
)

/** Speaks Anthropic's `messages/count_tokens`. */
export const anthropicCountTokens: WireFormat = wholeFormat(
  {
    id: 'anthropic-count-tokens',
    matches: (path) => path.endsWith('/messages/count_tokens'),
    input: () => [],
    complaint(body) {
      if (list(body['messages']).length === 0) return 'messages: at least one message is required'
      const extra = ['max_tokens', 'stream', 'temperature', 'metadata'].find((name) => body[name] !== undefined)
      return extra && `${extra}: Extra inputs are not permitted`
    },
    answer: (_generation, { body }) => ({
      input_tokens: countTokensWithin([body['system'], body['messages'], body['tools']]),
    }),
  },
  anthropicMessages,
)

/** Speaks Gemini's `countTokens`. */
export const geminiCountTokens: WireFormat = wholeFormat(
  {
    id: 'gemini-count-tokens',
    matches: (path) => path.endsWith(':countTokens'),
    modelOf: geminiModel,
    input: () => [],
    complaint(body) {
      const whole = body['generateContentRequest']
      const extra = Object.keys(body).find((name) => name !== 'contents' && name !== 'generateContentRequest')
      if (extra) return `Invalid JSON payload received. Unknown name "${extra}": Cannot find field.`
      if (whole !== undefined && field(whole, 'model') === undefined)
        return '* CountTokensRequest.generate_content_request.model: model is not specified'
      return list(field(whole, 'contents') ?? body['contents']).length > 0
        ? undefined
        : '* CountTokensRequest.contents: contents is not specified'
    },
    answer(_generation, { body }) {
      const { contents, systemInstruction, tools } = (body['generateContentRequest'] ?? body) as Record<string, unknown>
      return { totalTokens: countTokensWithin([contents, systemInstruction, tools]) }
    },
  },
  gemini,
)
