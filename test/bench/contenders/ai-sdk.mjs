import { createOpenAI } from '@ai-sdk/openai'
import { generateText, streamText } from 'ai'
import { fetch } from '../upstream.mjs'

const model = createOpenAI({ apiKey: 'sk-bench', fetch }).chat('gpt-5-mini')

export const aiSDK = {
  name: 'ai generateText / streamText',
  async call(prompt) {
    const { text } = await generateText({ model, prompt })
    return text
  },
  async stream(prompt) {
    let text = ''
    for await (const delta of streamText({ model, prompt }).textStream) text += delta
    return text
  },
}
