import { createGateway } from 'zerohop'
import { openai } from 'zerohop/providers'
import { createSimulator, stream } from 'zerohop/testing'

// Made where no I/O, timer or random number is allowed.
const simulator = createSimulator()
const gateway = createGateway({
  providers: [openai],
  runtime: { fetch: simulator.fetch, env: () => 'key-of-nobody' },
})
simulator.on({ model: 'gpt-5-mini', stream: true }).reply(stream(['one ', 'two ', 'three']))

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/whole') {
      const { text, usage, trace } = await gateway.chat({ model: 'openai/gpt-5-mini', messages: await request.text() })
      return Response.json({ text, usage, attempts: trace.attempts.length })
    }
    return gateway.fetch('https://api.openai.com/v1/chat/completions', { method: 'POST', body: await request.text() })
  },
}
