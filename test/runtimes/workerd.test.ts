import { afterAll, expect, test } from 'vitest'
import { startWorker } from './workerd.ts'

const worker = await startWorker('workers/gateway.ts')
afterAll(() => worker.dispose())

test('a gateway made at the top level of a module serves a whole call on workerd', async () => {
  const response = await worker.fetch('/whole', { method: 'POST', body: 'Hello' })
  expect(await response.json()).toMatchObject({ text: 'You said: Hello', attempts: 1 })
})

test('gateway.fetch streams on workerd', async () => {
  const messages = [{ role: 'user', content: 'Count.' }]
  const body = JSON.stringify({ model: 'gpt-5-mini', stream: true, messages })
  const response = await worker.fetch('/fetch', { method: 'POST', body })
  if (response.status !== 200) throw new Error(await response.text())
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  expect([...(await response.text()).matchAll(/"content":"([^"]+)"/g)].map(([, text]) => text).join('')).toBe(
    'one two three',
  )
})
