/**
 * A handler as Cloudflare Workers, Deno Deploy, Bun and others take it. The gateway stands at the module's top level,
 * so that its cache, budgets and circuits outlive a request; to make one starts no timer and no I/O.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { cache, createGateway, isGatewayError } from 'zerohop'
import { anthropic, google, groq, openai } from 'zerohop/providers'
import { headline, runtime } from './support/runtime.ts'

type Environment = Readonly<Record<string, string | undefined>>

interface Context {
  waitUntil(work: Promise<unknown>): void
}

// Keys and waitUntil come with each request, and are found here from deep inside of the gateway.
const requests = new AsyncLocalStorage<{ readonly env: Environment; readonly context: Context }>()

const gateway = createGateway({
  providers: [openai, anthropic, google, groq],
  models: {
    fast: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5', 'google/gemini-2.5-flash', 'groq/llama-3.1-8b-instant'],
  },
  cache: cache(),
  runtime: {
    env: (name) => requests.getStore()?.env[name],
    ...runtime,
    waitUntil: (work) => requests.getStore()?.context.waitUntil(work),
  },
})

const handler = {
  fetch(request: Request, env: Environment, context: Context): Promise<Response> {
    return requests.run({ env, context }, () => route(request))
  },
}

export default handler

async function route(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  // Who asks is for the application to find out: here it would look at a session.
  const client = gateway.with({ user: 'u1' })

  // What an OpenAI SDK sends, from a browser say, without a key in it. The address is ours: a stranger may write any.
  if (pathname === '/v1/chat/completions') {
    const [body, { signal }] = [await request.text(), request]
    return client.fetch('https://api.openai.com/v1/chat/completions', { method: 'POST', body, signal })
  }

  try {
    const messages = await request.text()
    const { text, trace } = await client.chat({ model: 'fast', messages, signal: request.signal })
    return Response.json({ text, deployment: trace.deployment, cache: trace.cache })
  } catch (error) {
    if (!isGatewayError(error)) throw error
    return Response.json({ error: error.code, message: error.message }, { status: error.status })
  }
}

// Run directly, this plays the platform: it sends three requests, and waits for what they left to be done.
if (process.argv[1]?.endsWith('serverless.ts')) {
  console.log(headline)
  const left: Promise<unknown>[] = []
  const send = (path: string, body: string): Promise<Response> =>
    handler.fetch(new Request(`https://app.example${path}`, { method: 'POST', body }), process.env, {
      waitUntil: (work) => void left.push(work),
    })

  const question = 'In one sentence: what is a serverless function?'
  for (let time = 1; time <= 2; time++) console.log(await (await send('/ask', question)).text())
  const messages = [{ role: 'user', content: question }]
  const streamed = await send('/v1/chat/completions', JSON.stringify({ model: 'fast', stream: true, messages }))
  console.log(streamed.status, streamed.headers.get('content-type'), streamed.headers.get('x-zerohop-cache'))
  console.log(`${(await streamed.text()).split('\n\n').length - 1} events`)

  await Promise.all(left)
  console.log(`left for after the responses, and done now: ${left.length}`)
}
