import fc from 'fast-check'
import type { AnswerPart, ChatResponse, FinishReason } from '../../../src/operations/chat/index.ts'

const words = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
const input = fc.dictionary(name, fc.oneof(fc.string(), fc.integer(), fc.boolean()), { maxKeys: 3 })

const spoken: fc.Arbitrary<AnswerPart> = fc.oneof(
  words.map((text): AnswerPart => ({ type: 'text', text })),
  words.map((text): AnswerPart => ({ type: 'reasoning', text })),
)
const call = fc.record({ name, input }).map(({ name, input }) => ({ name, arguments: JSON.stringify(input) }))

const ends: readonly (readonly [word: string, finishReason: FinishReason])[] = [
  ['COMPLETE', 'stop'],
  ['STOP_SEQUENCE', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['ERROR_TOXIC', 'content-filter'],
]

/** All that Cohere may answer, but for citations: one choice, what is said before what is called. */
export const responses: fc.Arbitrary<ChatResponse> = fc
  .record({
    id: fc.uuid(),
    said: fc.array(spoken, { minLength: 1, maxLength: 3 }),
    calls: fc.array(call, { maxLength: 2 }),
    end: fc.constantFrom(...ends),
    usage: fc.record({
      inputTokens: fc.nat(9999),
      outputTokens: fc.nat(9999),
      cachedInputTokens: fc.nat(99),
      reasoningTokens: fc.nat(99),
    }),
  })
  .map(({ id, said, calls, end: [word, reason], usage }) => {
    const isCalling = calls.length > 0 && reason === 'stop'
    const made = calls.map((call, index): AnswerPart => ({ type: 'tool-call', id: `${call.name}_${index}`, ...call }))
    return {
      id,
      model: 'a-model',
      choices: [
        {
          index: 0,
          content: [...said, ...made],
          finishReason: isCalling ? 'tool-calls' : reason,
          rawFinishReason: isCalling ? 'TOOL_CALL' : word,
        },
      ],
      usage: {
        ...usage,
        extensions: {
          'cohere-chat': { billed_units: { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens } },
        },
      },
    }
  })
