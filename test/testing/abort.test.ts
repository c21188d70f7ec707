import { expect, test } from 'vitest'
import { createClock, createSimulator, type Step, stalled, stream } from '../../src/testing/index.ts'
import { ask, formats, reads } from './ask.ts'

const reason = new Error('The application has left.')

/** Makes a call and leaves at a point of time. Tells what the application saw and what was left behind. */
async function leave(step: Step, { at, streamed = true }: { at: number; streamed?: boolean }) {
  const clock = createClock({ start: 0 })
  const simulator = createSimulator({ clock, prices: { '*': { input: 1, output: 1 } } })
  simulator.on().reply(step)
  const controller = new AbortController()
  let listeners = 0
  const { signal } = controller
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...rest: Parameters<typeof addEventListener>) => {
    listeners++
    return addEventListener.apply(signal, rest)
  }
  signal.removeEventListener = (...rest: Parameters<typeof removeEventListener>) => {
    listeners--
    return removeEventListener.apply(signal, rest)
  }
  clock.timer(at, () => controller.abort(reason))
  const seen = await clock.run(
    ask(simulator, 'openai-chat', { stream: streamed, init: { signal } }).then(
      (response) => reads(Promise.resolve(response)),
      (error: unknown) => ({ rejected: error }),
    ),
  )
  const before = simulator.bill.total
  await clock.advance('1h')
  expect(simulator.bill.total).toBe(before)
  return { seen, call: simulator.calls[0]!, left: [simulator.running, clock.pending, listeners] }
}

test('a call that was aborted beforehand never arrives', async () => {
  const simulator = createSimulator()
  const init = { signal: AbortSignal.abort(reason) }
  await expect(ask(simulator, 'openai-chat', { init })).rejects.toBe(reason)
  expect(simulator.calls).toHaveLength(0)
})

test.each([true, false])('before the headers fetch rejects with the reason (stream: %s)', async (streamed) => {
  const { seen, call, left } = await leave(stream(['a', 'b'], { after: '10s' }), { at: 4000, streamed })
  expect(seen).toEqual({ rejected: reason })
  expect(call).toMatchObject({ outcome: 'aborted', status: undefined, times: { sent: 0, ended: 4000 } })
  expect(call.usage).toMatchObject({ inputTokens: 6, outputTokens: 0 })
  expect(left).toEqual([0, 0, 0])
})

test.each([
  ['stalled', stalled],
  ['answered later', () => stream(['a'], { after: '10s' })],
  ['stalled by a promise', async () => stalled()],
])('an application that leaves while a step decides is gone, though it would have been %s', async (_, decide) => {
  const clock = createClock()
  const simulator = createSimulator({ clock })
  const controller = new AbortController()
  simulator.on().reply(() => {
    controller.abort(reason)
    return decide()
  })
  const asked = ask(simulator, 'openai-chat', { init: { signal: controller.signal } })
  await expect(clock.run(asked)).rejects.toBe(reason)
  expect(simulator.calls).toMatchObject([{ outcome: 'aborted', billed: 0 }])
  expect([simulator.running, clock.pending]).toEqual([0, 0])
})

test('between two chunks the body fails with the reason, and no more is billed', async () => {
  const { seen, call, left } = await leave(stream(['a', 'b', 'c'], { gap: '10s' }), { at: 15_000 })
  expect(seen).toMatchObject({ error: reason })
  expect(call).toMatchObject({ outcome: 'aborted', status: 200, usage: { outputTokens: 2 }, billed: 8000 })
  expect(left).toEqual([0, 0, 0])
})

test.each([
  ['before the headers', stalled(), { rejected: reason }],
  ['before content', stream(['a'], { stallAfter: 0 }), { error: reason }],
  ['midway', stream(['a', 'b'], { stallAfter: 1 }), { error: reason }],
  ['before the end', stream(['a', 'b'], { stallAfter: 2 }), { error: reason }],
] as const)('a stall %s ends by an abort only', async (_, step, expected) => {
  const { seen, call, left } = await leave(step, { at: 86_400_000 })
  expect(seen).toMatchObject(expected)
  expect(call.outcome).toBe('aborted')
  expect(left).toEqual([0, 0, 0])
})

test('a whole body that stalls ends by an abort only', async () => {
  const { seen, call } = await leave(stream(['a'], { stallAfter: 0 }), { at: 5000, streamed: false })
  expect(seen).toMatchObject({ error: reason })
  expect(call.outcome).toBe('aborted')
})

test('an abort is heard while a step decides', async () => {
  const { seen, left } = await leave(() => new Promise<string>(() => {}), { at: 5000 })
  expect(seen).toEqual({ rejected: reason })
  expect(left).toEqual([0, 0, 0])
})

test('an abort after the end changes nothing', async () => {
  const { seen, call, left } = await leave(stream(['a', 'b']), { at: 5000 })
  expect(seen).not.toHaveProperty('error')
  expect(call.outcome).toBe('answered')
  expect(left).toEqual([0, 0, 0])
})

test.each(formats)('%s: a reader that has the last bytes has not left early', async (format) => {
  const simulator = createSimulator()
  const reader = (await ask(simulator, format, { stream: true })).body!.getReader()
  while (!/\[DONE\]|message_stop|STOP|response\.completed|latencyMs|"done":true/.test(simulator.calls[0]!.sent))
    await reader.read()
  await reader.cancel()
  expect([simulator.calls[0]?.outcome, simulator.running]).toEqual(['answered', 0])
})

test('the abort of a Request is heard', async () => {
  const simulator = createSimulator()
  simulator.on().reply(stalled())
  const controller = new AbortController()
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })
  const request = new Request('https://api.openai.com/v1/chat/completions', {
    method: 'POST',
    body,
    signal: controller.signal,
  })
  const call = simulator.fetch(request)
  await createClock().settle()
  controller.abort(reason)
  await expect(call).rejects.toBe(reason)
  expect(simulator.running).toBe(0)
})
