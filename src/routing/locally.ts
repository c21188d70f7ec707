import type { Call } from '../call.ts'
import type { Middleware } from '../middleware.ts'
import { speaksOf } from '../providers/provider.ts'
import type { Names } from './names.ts'

/** Answers without any provider what no deployment of a group can be asked, where the operation knows an answer of its own. */
export function locally(find: Names['find']): Middleware<Call> {
  return function locally(call, next) {
    const { operation, request } = call
    const group = operation.locally && find(request.model)?.deployments
    if (!group || group.some(({ provider }) => speaksOf(provider, operation.id))) return next(call)
    const response = operation.locally!(request)
    const charge = { usage: response.usage, cost: { total: 0 }, estimated: false, uncertain: false }
    return Promise.resolve({ kind: 'whole', response, charge })
  }
}
