import type { Generation } from './generation.ts'
import { openaiChat } from './openai-chat.ts'
import { png } from './png.ts'
import { type Arrival, closing, positive, type StreamFrame, saying, type WireFormat } from './wire-format.ts'

/** Speaks OpenAI's Images. What is to be seen decides the picture; what a script says is what became of the prompt. */
export const openaiImages: WireFormat = {
  id: 'openai-images',
  matches: (path) => /\/images\/(generations|edits|variations)$/.test(path),
  read: ({ body }) => ({
    model: String(body['model'] ?? 'dall-e-2'),
    stream: isTrue(body['stream']) && isGPTImage(body['model']),
    maxOutputTokens: 0,
    choices: 1,
    input: body['prompt'],
    counts: {
      images: countOf(body),
      ...(isGPTImage(body['model']) && { outputTokens: countOf(body) * tokensOf(body) }),
    },
    lastUserText: String(body['prompt'] ?? ''),
  }),
  complaint(body) {
    if (isGPTImage(body['model']) && body['response_format'] !== undefined)
      return "Unknown parameter: 'response_format'."
    if (!isGPTImage(body['model']) && body['stream'] !== undefined) return "Unknown parameter: 'stream'."
    return body['prompt'] === undefined && body['image'] === undefined
      ? "Missing required parameter: 'prompt'."
      : undefined
  },
  headers: openaiChat.headers,
  whole(generation, arrival) {
    const { body } = arrival
    const isGPT = isGPTImage(generation.model)
    const asData = isGPT || body['response_format'] === 'b64_json' || body['response_format'] === 'base64'
    return JSON.stringify({
      created: Math.floor(generation.createdAt / 1000),
      ...(isGPT && { background: 'opaque', output_format: formatOf(body), ...kindOf(body) }),
      data: Array.from({ length: countOf(body) }, (_, index) =>
        asData
          ? { b64_json: pictureOf(body, index) }
          : { url: `https://images.example.com/${generation.serial}-${index}.png`, revised_prompt: body['prompt'] },
      ),
      ...(isGPT && generation.reportUsage && { usage: usageOf(generation) }),
    })
  },
  frames,
  failure: openaiChat.failure,
  failureFrame: openaiChat.failureFrame,
}

function* frames(generation: Generation, { body, url }: Arrival): Generator<StreamFrame, void, undefined> {
  const subject = url.pathname.endsWith('edits') ? 'image_edit' : 'image_generation'
  const write = (kind: string, more: object): string => {
    const type = `${subject}.${kind}`
    const created_at = Math.floor(generation.createdAt / 1000)
    const event = { type, ...more, created_at, ...kindOf(body), background: 'opaque', output_format: formatOf(body) }
    return `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`
  }
  const partials = positive(Number(body['partial_images']), 0)
  for (let index = 0; index < partials; index++) {
    const b64_json = png(`${body['prompt']} ${index}`)
    yield saying(write('partial_image', { b64_json, partial_image_index: index }), 0)
  }
  const usage = generation.reportUsage && { usage: usageOf(generation) }
  yield closing(write('completed', { b64_json: pictureOf(body, 0), ...usage }))
}

type Body = Arrival['body']

function isGPTImage(model: unknown): boolean {
  return /^(gpt|chatgpt)-image/.test(String(model))
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true'
}

function countOf(body: Body): number {
  return positive(Number(body['n']), 1)
}

function pictureOf(body: Body, index: number): string {
  return png(index === 0 ? String(body['prompt']) : `${body['prompt']} again ${index}`)
}

function formatOf(body: Body): unknown {
  return body['output_format'] ?? 'png'
}

function kindOf(body: Body): { readonly quality: string; readonly size: string } {
  const told = (value: unknown, otherwise: string): string =>
    value === undefined || value === 'auto' ? otherwise : String(value)
  return { quality: told(body['quality'], 'medium'), size: told(body['size'], '1024x1024') }
}

/** OpenAI's table for a square of GPT Image 1. */
function tokensOf(body: Body): number {
  return { low: 272, medium: 1056, high: 4160 }[kindOf(body).quality] ?? 1056
}

function usageOf({ usage: { inputTokens, outputTokens } }: Generation): unknown {
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    input_tokens_details: { image_tokens: 0, text_tokens: inputTokens },
  }
}

/** What Gemini's image models make of a request. */
export function geminiPicture({ body }: Arrival): unknown {
  return { inlineData: { mimeType: 'image/png', data: png(JSON.stringify(body['contents'])) } }
}
