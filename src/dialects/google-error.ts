import type { GatewayError } from '../errors.ts'

export { decodeFailure as decodeError, decodeFailureInside as decodeErrorInside } from './failure.ts'

/** The body of an error response, in Google's words. */
export function encodeError({ code, status, message, retryAfter }: GatewayError): unknown {
  return {
    error: {
      code: status,
      message,
      status: statusWords[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL'),
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code.toUpperCase(), domain: 'zerohop' },
        ...(retryAfter === undefined
          ? []
          : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter / 1000}s` }]),
      ],
    },
  }
}

/** @see https://cloud.google.com/apis/design/errors#handling_errors */
const statusWords: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  402: 'RESOURCE_EXHAUSTED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}
