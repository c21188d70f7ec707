import OpenAI from 'openai'
import { fetch } from '../upstream.mjs'

export const openai = contender('openai SDK', { apiKey: 'sk-bench', fetch })

/** The OpenAI SDK with these options. */
export function contender(name, options) {
  const client = new OpenAI(options)
  return {
    name,
    async call(prompt) {
      const completion = await client.chat.completions.create({
        model: 'gpt-5-mini',
        messages: [{ role: 'user', content: prompt }],
      })
      return completion.choices[0].message.content
    },
    async stream(prompt) {
      const stream = await client.chat.completions.create({
        model: 'gpt-5-mini',
        messages: [{ role: 'user', content: prompt }],
        stream: true,
      })
      let text = ''
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
      return text
    },
  }
}
