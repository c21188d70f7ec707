import type { AuthContext, AuthScheme } from './provider.ts'
import { accessToken, parseCredential, required } from './token-exchange.ts'

const scope = 'https://cognitiveservices.azure.com/.default'

/**
 * Signs in to Azure. A credential is the JSON `{ tenantId, clientId, clientSecret }` of an application in Entra ID, exchanged
 * for access tokens; or an access token; or an API key.
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export const entraAuth: AuthScheme = ({ headers }, credential, context) => {
  const application = parseCredential(credential)
  if (application) return exchanged(headers, credential, application, context)
  if (/^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(credential)) headers['authorization'] = `Bearer ${credential}`
  else headers['api-key'] = credential
  return undefined
}

async function exchanged(
  headers: Record<string, string>,
  credential: string,
  application: Readonly<Record<string, unknown>>,
  context: AuthContext,
): Promise<void> {
  const { tenantId, clientId, clientSecret } = required(
    application,
    'an Entra application',
    'tenantId',
    'clientId',
    'clientSecret',
  )
  const request = {
    url: `https://login.microsoftonline.com/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
    form: { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope },
  }
  headers['authorization'] = `Bearer ${await accessToken(credential, () => request, context)}`
}
