import type { Call, Principal } from '../call.ts'
import { GatewayError } from '../errors.ts'
import type { Scope } from './key.ts'
import type { Settings } from './options.ts'

/** The first of these that a principal has says with whom it shares. */
const names = ['team', 'user', 'key'] as const

/** Says who shares a call's answer; undefined where nobody can tell. */
export function createScope(option: Settings['scope']): (call: Call) => Scope | undefined {
  let someoneNamed = false
  let warned = false
  if (option === 'shared') return () => ({})
  if (option !== 'principal') {
    return ({ principal }) => {
      const name: unknown = option(principal)
      if (name === undefined || name === null) return undefined
      // All promises would look alike, and everybody share.
      if (typeof name === 'object')
        throw new GatewayError('invalid_configuration', 'cache.scope gave an object: it must give a text, at once.')
      return { name }
    }
  }
  return ({ principal, trace }) => {
    for (const name of names) {
      const id = principal[name]
      if (id === undefined || id === null) continue
      someoneNamed = true
      return { [name]: id }
    }
    if (!someoneNamed) return { nobody: ownFields(principal) }
    if (!warned) {
      warned = true
      trace.note({
        type: 'warning',
        message:
          'Calls without team, user or key go around the cache, for others have one: these could be anybody. Name a principal, or set cache({ scope }).',
      })
    }
    return undefined
  }
}

/** Fields of an application's own may be what tells its tenants apart. */
function ownFields({ session, promptId, tags, ...own }: Principal): object {
  return own
}
