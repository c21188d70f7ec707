import { fetch } from '../upstream.mjs'

const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-bench' }
const post = (prompt, stream) =>
  fetch('https://api.openai.com/v1/chat/completions', {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: prompt }], stream }),
  })

/** What an application writes that uses no library. */
export const raw = {
  name: 'raw fetch',
  async call(prompt) {
    const response = await post(prompt, false)
    const completion = await response.json()
    return completion.choices[0].message.content
  },
  async stream(prompt) {
    const response = await post(prompt, true)
    const decoder = new TextDecoder()
    let buffer = ''
    let text = ''
    for await (const bytes of response.body) {
      buffer += decoder.decode(bytes, { stream: true })
      const lines = buffer.split('\n')
      buffer = lines.pop()
      for (const line of lines) {
        if (!line.startsWith('data: ') || line === 'data: [DONE]') continue
        const chunk = JSON.parse(line.slice(6))
        text += chunk.choices[0]?.delta.content ?? ''
      }
    }
    return text
  },
}
