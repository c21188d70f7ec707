import type { AuthScheme } from './provider.ts'

/** `Authorization: Bearer …` */
export const bearer: AuthScheme = ({ headers }, credential) => {
  headers['authorization'] = `Bearer ${credential}`
}

/** `x-api-key: …` (Anthropic) */
export const xApiKey: AuthScheme = ({ headers }, credential) => {
  headers['x-api-key'] = credential
}

/** `x-goog-api-key: …` (Google) */
export const xGoogApiKey: AuthScheme = ({ headers }, credential) => {
  headers['x-goog-api-key'] = credential
}

/** `x-portkey-api-key: …` (Portkey) */
export const xPortkeyApiKey: AuthScheme = ({ headers }, credential) => {
  headers['x-portkey-api-key'] = credential
}
