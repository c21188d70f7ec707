export { decodeError, decodeErrorInside, encodeError } from '../openai-error.ts'
