import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Call,
  type ChatRequest,
  type ChatResponse,
  createGateway,
  replay,
  StreamReply,
} from '../../../src/index.ts'
import { aiSdkProvider, createZerohop, type SpecificationVersion } from '../../../src/integrations/ai-sdk/index.ts'
import { chat, unfold } from '../../../src/operations/chat/index.ts'
import { openai } from '../../../src/providers/openai.ts'
import { anyRequest } from '../../dialects/any-request.ts'
import { requests, responses } from './arbitraries.ts'

// A gateway, served as a provider of the AI SDK, which another gateway serves as its own: all of the way there and back.

function chain(version: SpecificationVersion, response: ChatResponse) {
  const received: ChatRequest[] = []
  const inner = createGateway({
    providers: [openai],
    use: [
      async (call: Call) => {
        received.push(call.request as ChatRequest)
        if (!call.request.stream) return { kind: 'whole', response }
        return new StreamReply(chat, replay(unfold(response))) as never
      },
    ],
  })
  const zerohop = createZerohop(inner, { specificationVersion: version })
  const outer = createGateway({
    providers: [aiSdkProvider({ id: 'inner', languageModel: (name) => zerohop(`openai/${name}`) })],
  })
  return { received, outer }
}

const versions = [
  ['v2', false],
  ['v3', false],
  ['v4', true],
] as const
const hello: ChatResponse = {
  id: 'r',
  model: 'm',
  choices: [{ index: 0, content: [{ type: 'text', text: 'Hello' }], finishReason: 'stop' }],
  usage: {},
}

test.each(versions)('a request that goes out by %s arrives as it was', async (version, latest) => {
  await fc.assert(
    fc.asyncProperty(requests(latest), fc.boolean(), async (request, stream) => {
      const { received, outer } = chain(version, hello)
      const reply = await outer.chat({ ...request, model: 'inner/m', stream })
      if ('cancel' in reply) await reply.response
      expect(reply.trace.warnings).toEqual([])
      const [arrived] = received
      expect({ ...arrived, extensions: undefined }).toEqual({ ...request, model: 'openai/m', stream })
    }),
  )
})

test.each(versions)(
  'an answer that comes by %s is the answer that was given, whole and streamed',
  async (version, latest) => {
    await fc.assert(
      fc.asyncProperty(responses(latest), async (response) => {
        const { outer } = chain(version, response)
        const asked = { model: 'inner/m', messages: 'Hello' } as const
        const whole = await outer.chat(asked)
        const streamed = await outer.chat({ ...asked, stream: true })
        expect({ ...whole.response, extensions: undefined }).toEqual(response)
        expect({ ...(await streamed.response), extensions: undefined }).toEqual(response)
      }),
    )
  },
)

test.each(versions)('any request at all can go out by %s', async (version) => {
  await fc.assert(
    fc.asyncProperty(anyRequest, async (any) => {
      // JSON has no words for some numbers, which nobody sends.
      const request = JSON.parse(JSON.stringify(any), (_, value) => value ?? undefined) as ChatRequest
      const { received, outer } = chain(version, hello)
      const reply = await outer.chat({ ...request, model: 'inner/m', stream: false })
      expect(reply.text).toBe('Hello')
      expect(received).toHaveLength(1)
    }),
    { numRuns: 50 },
  )
})
