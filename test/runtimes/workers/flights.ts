import { waitUntil } from 'cloudflare:workers'
import { budget, cache, createGateway, limits, type Trace } from 'zerohop'
import { openai, provider } from 'zerohop/providers'

// Upstream requests leave the worker: what one request reads, no other may touch.

const settled: Pick<Trace, 'status' | 'cost' | 'cache'>[] = []

const gateway = createGateway({
  providers: [provider(openai, { apiKey: 'key' })],
  cache: cache(),
  limits: limits({ rules: [budget({ limit: 10, per: 'day' })] }),
  telemetry: [({ status, cost, cache }) => void settled.push({ status, cost, cache })],
  runtime: { waitUntil },
})

/** Two gateways of one module: this one has nothing to keep a flight alive with. */
const lonely = createGateway({ providers: [provider(openai, { apiKey: 'key' })], cache: cache() })

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const messages = searchParams.get('q') ?? 'Hello'
    if (pathname === '/settled') {
      const [spent] = await gateway.limits.status({})
      return Response.json({ settled, spent: spent?.spent, reserved: spent?.reserved })
    }
    const client = pathname.startsWith('/lonely') ? lonely : gateway
    if (pathname.endsWith('/stream')) {
      return client.fetch('https://api.openai.com/v1/chat/completions', {
        method: 'POST',
        body: JSON.stringify({ model: 'gpt-5-mini', stream: true, messages: [{ role: 'user', content: messages }] }),
      })
    }
    const { text, trace } = await client.chat({ model: 'openai/gpt-5-mini', messages })
    return Response.json({ text, cache: trace.cache })
  },
}
