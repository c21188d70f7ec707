import { type ChatEvent, type ChatRequest, type ChatResponse, chat } from '../../operations/chat/index.ts'
import { deploymentIn } from '../deployment.ts'
import type { Dialect, Downstream, Passthrough, Upstream } from '../dialect.ts'
import { decodeError, encodeError } from './error.ts'
import type { OpenAIChatQuirks } from './quirks.ts'
import { decodeRequest, encodeRequest } from './request.ts'
import { decodeResponse, encodeResponse } from './response.ts'
import { chunkContent, decodeStream } from './stream.ts'
import { encodeStream, usageAsked } from './stream-encoder.ts'
import { dialectId } from './table.ts'

export type { OpenAIChatQuirks }

const passthrough: Passthrough<OpenAIChatQuirks> = {
  allowed: ({ quirks }) => !quirks.thinkTags && !quirks.repairStream,
  // A key in the text of the answer has its quotes escaped, so that these match keys only.
  matters: (data) =>
    /"(?:usage|error|x_groq)"\s*:\s*["{]|"finish_reason"\s*:\s*"|"object"\s*:\s*"error"|\[DONE\]/.test(data),
  says: ['content', 'reasoning_content', 'reasoning', 'refusal', 'arguments', 'text'],
  content: chunkContent,
  injected: (data, { extensions }) =>
    /"choices"\s*:\s*\[\s*\]/.test(data) &&
    /"usage"\s*:\s*\{/.test(data) &&
    !usageAsked(extensions as ChatRequest['extensions']),
}

const upstream: Upstream<OpenAIChatQuirks, ChatRequest, ChatResponse, ChatEvent> = {
  encode: encodeRequest,
  decode: decodeResponse,
  stream: decodeStream,
  error: decodeError,
  passthrough,
}

const downstream: Downstream<ChatRequest, ChatResponse, ChatEvent> = {
  match(path) {
    return /\/chat\/completions\/?$/.test(path) ? { model: deploymentIn(path) } : undefined
  },
  decode: decodeRequest,
  encode: encodeResponse,
  stream: encodeStream,
  error: encodeError,
}

/** OpenAI's Chat Completions, which most providers speak in some way. */
export const openaiChat: Dialect<OpenAIChatQuirks, ChatRequest, ChatResponse, ChatEvent> = {
  id: dialectId,
  operation: chat,
  upstream,
  downstream,
}
