import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createGateway, type Gateway } from '../../src/index.ts'
import { type AnswerContent, answer } from '../../src/testing/index.ts'
import { type ProviderFormat, providerFormats } from '../matrix/providers.ts'
import { essenceOfChoice } from '../portable.ts'
import { createWorld, drain } from '../world.ts'

// For every format that providers speak, those too that no application does: the simulator writes it, the gateway reads it.

const words = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
const chunks = fc.array(words, { minLength: 1, maxLength: 3 })
const input = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(words, fc.integer()), { maxKeys: 3 })

const content: fc.Arbitrary<AnswerContent[]> = fc
  .record({
    thought: fc.option(chunks, { nil: undefined }),
    text: chunks,
    calls: fc.array(fc.record({ name: fc.stringMatching(/^[a-z]{1,8}$/), input }), { maxLength: 2 }),
  })
  .map(({ thought, text, calls }) => [
    ...(thought ? [{ type: 'reasoning' as const, text: thought }] : []),
    { type: 'text', text },
    ...calls.map(({ name, input }, index) => {
      return { type: 'tool-call' as const, id: `abcdefgh${index}`, name, arguments: input }
    }),
  ])

const cuts = fc.oneof(
  fc.constant(1),
  fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
  fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 6 }),
)

test.each(providerFormats)(
  'laws: fold, chunking. $name: a stream says what the whole answer says, however it is cut',
  async (format) => {
    await fc.assert(
      fc.asyncProperty(content, cuts, fc.constantFrom('stop', 'length'), async (said, cut, finishReason) => {
        const isCalling = said.some(({ type }) => type === 'tool-call')
        const world = createWorld({ env: { AWS_REGION: 'us-east-1', AWS_BEARER_TOKEN_BEDROCK: 'key-of-aws' } })
        const ending = isCalling && finishReason === 'stop' ? {} : { finishReason }
        world.simulator.on({ stream: false }).reply(answer(said, ending))
        world.simulator.on({ stream: true }).reply(answer(said, { ...ending, cut }))
        const gateway = gatewayTo(world.runtime, format)
        const request = { model: format.thinker.model, messages: '?', reasoning: { visible: true } }

        const whole = (await gateway.chat(request)).response
        const stream = await gateway.chat({ ...request, stream: true })
        await drain(stream)
        const streamed = await stream.response
        expect(streamed.choices.map(essenceOfChoice)).toEqual(whole.choices.map(essenceOfChoice))
        expect(streamed.usage).toEqual(whole.usage)
        const thought = said.find(({ type }) => type === 'reasoning')
        expect(essenceOfChoice(whole.choices[0]!)).toMatchObject({
          reasoning: thought && 'text' in thought ? [thought.text].flat().join('') : '',
          calls: said.flatMap((part) =>
            part.type === 'tool-call' ? [{ name: part.name, arguments: part.arguments }] : [],
          ),
        })
      }),
      { numRuns: 40 },
    )
  },
  60_000,
)

function gatewayTo(runtime: ReturnType<typeof createWorld>['runtime'], { rows }: ProviderFormat): Gateway {
  return createGateway({ providers: rows as never[], runtime }) as Gateway
}
