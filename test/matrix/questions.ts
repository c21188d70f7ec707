/** What all applications say, and all providers must hear. */
export const system = 'Be brief.'
export const question = 'What is the weather?'
export const tool = { name: 'weather', description: 'Tells the weather in a city.' }
export const schema: Record<string, unknown> & { type: 'object' } = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
/** A picture of one transparent pixel, as PNG in base64. */
export const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
