/** What an application of any runtime writes. Compiled by types.test.ts with the types of each. */
import { budget, cache, createGateway, isGatewayError, limits, rateLimit } from 'zerohop'
import { anthropic, google, openai } from 'zerohop/providers'
import { createClock, createSimulator, testRuntime } from 'zerohop/testing'

const gateway = createGateway({
  providers: [openai, anthropic, google],
  models: { fast: ['openai/gpt-5-mini', 'google/gemini-2.5-flash'] },
  cache: cache(),
  limits: limits({
    rules: [budget({ by: 'team', limit: 100, per: 'month' }), rateLimit({ by: 'user', requests: 60, per: 'minute' })],
  }),
  // The runtime's own fetch fits.
  runtime: { fetch },
})

export async function answer(request: Request): Promise<Response> {
  try {
    const stream = await gateway
      .with({ team: 'search' })
      .chat({ model: 'fast', messages: await request.text(), stream: true, signal: request.signal })
    let text = ''
    for await (const event of stream) if (event.type === 'text-delta') text += event.text
    const { usage, cost } = await stream.reply
    return Response.json({ text, usage, cost })
  } catch (error) {
    if (isGatewayError(error, 'budget_exceeded')) return new Response(error.message, { status: error.status })
    throw error
  }
}

export async function proxy(request: Request): Promise<Response> {
  const response: Response = await gateway.fetch(request)
  gateway.traceOf(response)?.attempts
  return gateway.fetch('https://api.openai.com/v1/chat/completions', { method: 'POST', body: request.body })
}

// `fetch` of the gateway goes where the runtime's own goes.
export const mine: typeof fetch extends (...input: infer Input) => infer Output ? (...input: Input) => Output : never =
  gateway.fetch as typeof fetch

const clock = createClock()
const simulator = createSimulator({ clock })
createGateway({ providers: [openai], runtime: testRuntime({ simulator, clock }) })
