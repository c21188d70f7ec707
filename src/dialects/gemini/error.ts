export {
  decodeError as upstreamError,
  decodeErrorInside as decodeError,
  encodeError as downstreamError,
} from '../google-error.ts'
