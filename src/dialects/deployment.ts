import { isFields } from './fields.ts'
import { unescaped } from './unescaped.ts'

/** The deployment that an address of Azure's names: `/openai/deployments/{name}/chat/completions`. */
export function deploymentIn(path: string): string | undefined {
  const name = /\/deployments\/(.+?)\/(?:chat\/completions|embeddings|images\/\w+|audio\/\w+)\/?$/.exec(path)?.[1]
  return name && unescaped(name)
}

/** A body with the model that its address names. What it says of a model itself does not count there, and need not be said. */
export function atDeployment(body: unknown, deployment: string | undefined): unknown {
  return deployment !== undefined && isFields(body) ? { ...body, model: deployment } : body
}
