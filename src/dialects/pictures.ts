import { GatewayError } from '../errors.ts'
import type { ImagesRequest } from '../operations/images.ts'

/** More than anybody asks for at once: each may be a request of its own. */
const mostPictures = 1000

/** How many pictures are asked for, where that many may be. */
export function picturesOf({ n = 1 }: ImagesRequest): number {
  if (n <= mostPictures) return n
  throw new GatewayError(
    'invalid_request',
    `n is too large: at most ${mostPictures} pictures are made for one request.`,
  )
}
