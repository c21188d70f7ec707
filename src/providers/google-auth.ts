import type { AuthContext, AuthScheme } from './provider.ts'
import { accessToken, invalidCredential, parseCredential, required, type TokenRequest } from './token-exchange.ts'
import { base64url, signRS256 } from './web-crypto.ts'

const tokenEndpoint = 'https://oauth2.googleapis.com/token'
const scope = 'https://www.googleapis.com/auth/cloud-platform'

/**
 * Signs in to Google Cloud. A credential is the JSON of a service account's key, or of `gcloud auth application-default
 * login`, both exchanged for access tokens; or an access token; or an API key (`AIza…`).
 * @see https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
 */
export const googleAuth: AuthScheme = ({ headers }, credential, context) => {
  const key = parseCredential(credential)
  if (key) return exchanged(headers, credential, key, context)
  if (credential.startsWith('AIza')) headers['x-goog-api-key'] = credential
  else headers['authorization'] = `Bearer ${credential}`
  return undefined
}

type Key = Readonly<Record<string, unknown>>

async function exchanged(
  headers: Record<string, string>,
  credential: string,
  key: Key,
  context: AuthContext,
): Promise<void> {
  const prepare = kinds[String(key['type'])]
  if (!prepare) {
    throw invalidCredential(
      `Google credentials of the type ${JSON.stringify(key['type'])} are not exchanged here: give a function that returns an access token.`,
    )
  }
  headers['authorization'] = `Bearer ${await accessToken(credential, () => prepare(key, context), context)}`
  const { quota_project_id: project } = key
  if (typeof project === 'string') headers['x-goog-user-project'] = project
}

const kinds: Readonly<Record<string, (key: Key, context: AuthContext) => TokenRequest | Promise<TokenRequest>>> = {
  async service_account(key, { now }) {
    const { client_email, private_key } = required(key, 'a service account', 'client_email', 'private_key')
    const { private_key_id: kid, token_uri = tokenEndpoint } = key as Record<string, string | undefined>
    const issued = Math.floor(now() / 1000)
    const claims = { iss: client_email, scope, aud: token_uri, iat: issued, exp: issued + 3600 }
    const unsigned = `${encodeJSON({ alg: 'RS256', typ: 'JWT', kid })}.${encodeJSON(claims)}`
    return {
      url: token_uri,
      form: {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: `${unsigned}.${base64url(await signature(private_key, unsigned))}`,
      },
    }
  },
  authorized_user(key) {
    const { client_id, client_secret, refresh_token } = required(
      key,
      'an authorized user',
      'client_id',
      'client_secret',
      'refresh_token',
    )
    return { url: tokenEndpoint, form: { grant_type: 'refresh_token', client_id, client_secret, refresh_token } }
  },
}

async function signature(privateKey: string, text: string): Promise<Uint8Array> {
  try {
    // Environment files often hold line breaks as two characters.
    return await signRS256(privateKey.replaceAll('\\n', '\n'), text)
  } catch {
    throw invalidCredential('The private_key of the service account is no private key in PKCS#8.')
  }
}

function encodeJSON(value: object): string {
  return base64url(JSON.stringify(value))
}
