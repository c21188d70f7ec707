// The wire formats, for rows of one's own and for `createGateway({ dialects })`.
export { type AnthropicQuirks, anthropicMessages } from './anthropic-messages/index.ts'
export { type BedrockConverseQuirks, bedrockConverse } from './bedrock-converse/index.ts'
export { cohereChat } from './cohere-chat/index.ts'
export { cohereEmbeddings } from './cohere-embeddings.ts'
export { cohereRerank } from './cohere-rerank.ts'
export type {
  AnyDialect,
  Dialect,
  Downstream,
  Failure,
  Frame,
  FrameParser,
  StreamDecoder,
  StreamEncoder,
  Target,
  Upstream,
  WireRequest,
} from './dialect.ts'
export { type GeminiQuirks, gemini } from './gemini/index.ts'
export { geminiImages } from './gemini-images.ts'
export { geminiSpeech } from './gemini-speech.ts'
export { imagen } from './imagen.ts'
export { ollamaChat } from './ollama/index.ts'
export { type OpenAIChatQuirks, openaiChat } from './openai-chat/index.ts'
export { openaiEmbeddings } from './openai-embeddings.ts'
export { type OpenAIImagesQuirks, openaiImages } from './openai-images.ts'
export { openaiModeration } from './openai-moderation.ts'
export { openaiResponses } from './openai-responses/index.ts'
export { type OpenAISpeechQuirks, openaiSpeech } from './openai-speech.ts'
export { type OpenAITranscriptionQuirks, openaiTranscription } from './openai-transcription.ts'
export { sse } from './sse.ts'
export { voyageRerank } from './voyage-rerank.ts'
