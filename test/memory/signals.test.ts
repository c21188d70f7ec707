import { getEventListeners } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Attempt, createGateway, type Gateway, GatewayError, type Middleware, provider } from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { drain } from '../world.ts'

// A signal that nobody has aborted serves again. Over the runtime's own fetch, which leaves its listeners on signals:
// whatever calls do beside each other and after each other, none is ended by what was meant for another.

const frame = (delta: object, finish_reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason }] })}\n\n`
const server = createServer((request, response) => {
  let text = ''
  request.on('data', (data) => (text += data))
  request.on('end', () => {
    const { model, stream, messages } = JSON.parse(text)
    const { content } = messages[0]
    if (model === 'fails') return void response.writeHead(500).end('{}')
    const late = model === 'slow' ? 12 : 1
    setTimeout(() => {
      response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' })
      if (!stream) {
        const message = { role: 'assistant', content }
        return void response.end(
          JSON.stringify({ id: 'c', model, choices: [{ index: 0, message, finish_reason: 'stop' }] }),
        )
      }
      response.write(frame({ content }))
      setTimeout(() => response.end(`${frame({}, 'stop')}data: [DONE]\n\n`), late)
    }, late)
  })
})
let baseURL = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
})
afterAll(() => void server.close())

const scenario = fc.array(
  fc.record({
    model: fc.constantFrom('openai/quick', 'openai/slow', 'openai/fails', 'hedged', 'failing'),
    stream: fc.boolean(),
    /** Milliseconds before it begins. */
    begins: fc.integer({ min: 0, max: 60 }),
    /** What its caller does, and after how many milliseconds. */
    leaves: fc.constantFrom('never', 'never', 'by its signal', 'as a reader'),
    after: fc.integer({ min: 0, max: 25 }),
  }),
  { minLength: 10, maxLength: 40 },
)

test('a signal that serves again never ends an attempt of another call', async () => {
  let reused = 0
  await fc.assert(
    fc.asyncProperty(scenario, async (calls) => {
      const owners = new Map<AbortSignal, Attempt>()
      const stale: Attempt['abort'][] = []
      const spy: Middleware<Attempt> = (attempt, next) => {
        const { signal, settlement } = attempt
        const former = owners.get(signal)
        expect(signal.aborted).toBe(false)
        expect(former?.settlement.outcome?.status ?? 'completed').toBe('completed')
        if (former) reused++
        else
          signal.addEventListener('abort', () =>
            expect(owners.get(signal)!.settlement.outcome?.status).not.toBe('completed'),
          )
        owners.set(signal, attempt)
        settlement.on(() => void stale.push(attempt.abort))
        return next(attempt)
      }
      const gateway = createGateway({
        providers: [provider(openai, { baseURL, apiKey: 'key' })],
        models: { hedged: ['openai/slow', 'openai/quick'], failing: ['openai/fails', 'openai/quick'] },
        routing: (candidates) => candidates[0]!,
        hedge: { after: 4 },
        retry: { limit: 0 },
        attempt: [spy],
      }) as Gateway<string>

      await Promise.all(
        calls.map(async ({ model, stream, begins, leaves, after }, index) => {
          await wait(begins)
          // Whoever still holds an attempt that has ended can end nothing with it.
          for (const abort of stale.splice(0)) abort(new GatewayError('cancelled', 'Too late.'))
          const controller = new AbortController()
          const messages = `call ${index}`
          const ended = (async () => {
            const reply = await gateway.chat({ model, messages, stream, signal: controller.signal })
            if (!(Symbol.asyncIterator in reply)) return reply.text
            if (leaves === 'as a reader') return void (await reply.cancel())
            await drain(reply)
            return (await reply.reply).text
          })().catch((error: GatewayError) => error.code)
          if (leaves === 'by its signal') void wait(after).then(() => controller.abort())
          const outcome = await ended
          const right = model === 'openai/fails' ? 'provider_unavailable' : messages
          if (leaves === 'never') expect(outcome).toBe(right)
          else expect([right, 'cancelled', undefined]).toContain(outcome)
          expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
        }),
      )
    }),
    { numRuns: 80 },
  )
  expect(reused).toBeGreaterThan(100)
})

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
