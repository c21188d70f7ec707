import { GatewayError } from '../errors.ts'
import type { FetchResponse } from '../runtime.ts'
import type { AuthContext } from './provider.ts'

/** A form that a token endpoint takes for an access token (RFC 6749). */
export interface TokenRequest {
  readonly url: string
  readonly form: Readonly<Record<string, string>>
}

interface AccessToken {
  readonly value: string
  /** When it is no longer used, in milliseconds since 1970. */
  readonly until: number
}

/** What is kept of a credential: its token, or the exchange that is under way. */
interface Kept {
  readonly credential: string
  token?: AccessToken
  pending?: Promise<AccessToken> | undefined
}

/** A token is not used in its last minute: a request may take a while to arrive, and clocks differ. */
const lastMinute = 60_000

/** The most milliseconds that an exchange may take: others wait for it. */
const longestExchange = 30_000

/** How long a token lasts, in seconds, where nobody says. */
const shortest = 300

/**
 * Gets an access token for a credential: the one that was exchanged last, as long as it is good, or a new one. Calls that
 * come while it is exchanged share the exchange, and a failed one is not kept.
 */
export async function accessToken(
  credential: string,
  prepare: () => TokenRequest | Promise<TokenRequest>,
  context: AuthContext,
): Promise<string> {
  const { kept, now } = context
  let place = kept.get('token') as Kept | undefined
  // A function may give another credential each time.
  if (place?.credential !== credential) kept.set('token', (place = { credential }))
  if (place.token && now() < place.token.until) return place.token.value
  // Where the work of one request must not wait on another's, each exchanges for itself.
  if (context.isolated) place.token = await exchange(prepare, context)
  else {
    place.pending ??= exchange(prepare, context).finally(() => {
      place.pending = undefined
    })
    place.token = await place.pending
  }
  return place.token.value
}

async function exchange(
  prepare: () => TokenRequest | Promise<TokenRequest>,
  context: AuthContext,
): Promise<AccessToken> {
  const { url, form } = await prepare()
  const { host } = new URL(url)
  const asked = context.now()
  let cancel = (): void => {}
  const late = new Promise<never>((_, reject) => {
    cancel = context.timer(longestExchange, () => reject(new Error('late')))
  })
  let response: FetchResponse
  let text: string
  try {
    const asked = context.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(form).toString(),
      redirect: 'manual',
    })
    const answered = asked.then(async (response) => [response, await response.text()] as const)
    ;[response, text] = await Promise.race([answered, late])
  } catch {
    // What fetch says may hold the request.
    throw new GatewayError('provider_unavailable', `No access token: ${host} did not answer.`)
  } finally {
    cancel()
  }
  const body = parsed(text)
  const { access_token: value, expires_in: seconds } = body
  if (response.status !== 200 || typeof value !== 'string' || value === '') {
    throw refusal(host, response.status, body, form)
  }
  const lifetime = Number(seconds) || shortest
  return { value, until: asked + lifetime * 1000 - lastMinute }
}

/** Makes the error of an exchange that gave no token, with nothing of what was sent in it. */
function refusal(
  host: string,
  status: number,
  { error, error_description: description }: Readonly<Record<string, unknown>>,
  form: Readonly<Record<string, string>>,
): GatewayError {
  const isDown = status >= 500 || status === 429
  let words = [error, description].filter((word) => typeof word === 'string').join(': ')
  // The longest first: what is short may be a part of it.
  const sent = Object.values(form).flatMap((value) => [value, encodeURIComponent(value)])
  for (const value of sent.sort((one, other) => other.length - one.length)) words = words.replaceAll(value, '…')
  const reason = words ? ` (${words.replace(/\s+/g, ' ').slice(0, 200)})` : ''
  const message = `No access token: ${host} answered ${status}${reason}.`
  return new GatewayError(isDown ? 'provider_unavailable' : 'authentication_failed', message, { cause: { status } })
}

/** Makes the error of a credential that cannot be exchanged as it is. */
export function invalidCredential(what: string): GatewayError {
  return new GatewayError('invalid_configuration', what)
}

/** Reads a credential that is a JSON object; undefined for one that is not. */
export function parseCredential(credential: string): Readonly<Record<string, unknown>> | undefined {
  if (!credential.trimStart().startsWith('{')) return undefined
  const fields = parsed(credential)
  if (Object.keys(fields).length === 0) throw invalidCredential('The credential begins like JSON, and is none.')
  return fields
}

/** Reads text fields that a credential must have, and names those that are missing. */
export function required<Name extends string>(
  fields: Readonly<Record<string, unknown>>,
  kind: string,
  ...names: readonly Name[]
): Readonly<Record<Name, string>> {
  const missing = names.filter((name) => typeof fields[name] !== 'string' || fields[name] === '')
  if (missing.length > 0) throw invalidCredential(`The JSON of ${kind} has no ${missing.join(', no ')}.`)
  return fields as Readonly<Record<Name, string>>
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
