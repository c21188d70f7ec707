import type { Deployment } from '../call.ts'
import type { ChatRequest } from '../operations/chat/index.ts'
import type { OperationRequest } from '../operations/operation.ts'

/** Says in a sentence why a deployment cannot serve a request, or nothing when it can as far as is known. */
export type Filter = (deployment: Deployment, request: OperationRequest) => string | undefined

/** The filters of every plan, by their reason codes. What is unknown of a model never excludes it. */
export const filters: Readonly<Record<string, Filter>> = {
  no_credential: ({ keys }) => {
    const missing = keys.length === 1 ? keys[0]?.missing : undefined
    return missing && `${missing.join(' or ')} is not set`
  },
  capability: ({ facts }, request) => {
    const { tools, output, messages } = request as ChatRequest
    if (facts.tools === false && tools?.length) return 'it takes no tools'
    if (facts.jsonSchema === false && output?.type === 'json-schema')
      return 'its answers cannot be held to a JSON schema'
    if (!facts.input) return undefined
    for (const { content } of messages) {
      for (const { type } of content) {
        if ((type === 'image' || type === 'audio' || type === 'video') && !facts.input.includes(type))
          return `it takes no ${type}`
      }
    }
    return undefined
  },
}
