/** An OpenAI that answers from memory: about 1 kB for a whole reply, 1,000 events, one a read, for a streamed one. */

const words = 'A gateway routes each request to a model, watches it, and answers for what it cost. '.repeat(7).trim()

export const chunkCount = 1000
export const wholeText = words
export const streamText = Array.from({ length: chunkCount - 3 }, (_, index) => ` word${index % 10}`).join('')

const usage = {
  prompt_tokens: 24,
  completion_tokens: 128,
  total_tokens: 152,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
}

const whole = JSON.stringify({
  id: 'chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT',
  object: 'chat.completion',
  created: 1763769600,
  model: 'gpt-5-mini',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: wholeText, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage,
  service_tier: 'default',
  system_fingerprint: 'fp_44709d6fcb',
})

const chunk = (choices, rest = {}) =>
  new TextEncoder().encode(
    `data: ${JSON.stringify({
      id: 'chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT',
      object: 'chat.completion.chunk',
      created: 1763769600,
      model: 'gpt-5-mini',
      service_tier: 'default',
      system_fingerprint: 'fp_44709d6fcb',
      choices,
      obfuscation: 'x8Hs2kPq',
      ...rest,
    })}\n\n`,
  )
const delta = (value, reason = null) => chunk([{ index: 0, delta: value, logprobs: null, finish_reason: reason }])

const events = [
  delta({ role: 'assistant', content: '', refusal: null }),
  ...streamText.match(/ \w+/g).map((content) => delta({ content })),
  delta({}, 'stop'),
  chunk([], { usage }),
]
const done = new TextEncoder().encode('data: [DONE]\n\n')

const wholeHeaders = { 'content-type': 'application/json', 'x-request-id': 'req_1' }
const streamHeaders = { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_1' }

export async function fetch(_url, init) {
  if (!init.body.includes('"stream":true')) return new Response(whole, { headers: wholeHeaders })
  let index = 0
  const body = new ReadableStream({
    pull(controller) {
      if (index < events.length) return controller.enqueue(events[index++])
      controller.enqueue(done)
      controller.close()
    },
  })
  return new Response(body, { headers: streamHeaders })
}
