import { expect, test } from 'vitest'
import type { AnyDialect } from '../../src/dialects/dialect.ts'
import { Form } from '../../src/dialects/form.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../../src/dialects/openai-embeddings.ts'
import { openaiImages } from '../../src/dialects/openai-images.ts'
import { openaiSpeech } from '../../src/dialects/openai-speech.ts'
import { openaiTranscription } from '../../src/dialects/openai-transcription.ts'

const form = (...texts: readonly (readonly [string, string])[]): Form =>
  new Form(texts, [{ field: 'file', bytes: new Uint8Array(1), name: 'a.wav', mediaType: 'audio/wav' }])

test.each<[string, AnyDialect, (model: object) => unknown]>([
  ['chat/completions', openaiChat, (model) => ({ ...model, messages: [] })],
  ['embeddings', openaiEmbeddings, (model) => ({ ...model, input: 'Hi' })],
  ['images/generations', openaiImages, (model) => ({ ...model, prompt: 'A cat' })],
  ['audio/speech', openaiSpeech, (model) => ({ ...model, input: 'Hi', voice: 'alloy' })],
  ['audio/transcriptions', openaiTranscription, (model) => form(...Object.entries(model))],
])(
  "the deployment in Azure's address of %s is the model, whatever the body calls it",
  (method, { downstream }, body) => {
    const modelOf = (path: string, model: object): unknown =>
      downstream!.decode(body(model), downstream!.match(path)!).model
    const path = (name: string): string => `/openai/deployments/${name}/${method}`
    expect(modelOf(path('prod%207'), {})).toBe('prod 7')
    expect(modelOf(path('prod-7'), { model: 'gpt-5-mini' })).toBe('prod-7')
    expect(modelOf(path('openai/gpt-5-mini'), { model: 'openai/gpt-5-mini' })).toBe('openai/gpt-5-mini')
    expect(modelOf(path('bad%E0escape'), {})).toBe('bad%E0escape')
    expect(modelOf(`/openai/v1/${method}`, { model: 'gpt-5-mini' })).toBe('gpt-5-mini')
    expect(() => modelOf(`/openai/v1/${method}`, {})).toThrow('model')
  },
)
