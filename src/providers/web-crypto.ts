import { base64Of } from '../dialects/base64.ts'

// Arithmetic that the runtime has built in. Nothing here depends on time, chance or the network.

/** The SHA-256 of a text or of bytes, as lower-case hexadecimal. */
export async function sha256(data: string | Uint8Array): Promise<string> {
  const { subtle } = crypto
  return hexadecimal(await subtle.digest('SHA-256', bytesOf(data)))
}

/** Makes a key for {@link hmac} of its bytes. */
export async function hmacKey(bytes: string | Uint8Array): Promise<CryptoKey> {
  const { subtle } = crypto
  return subtle.importKey('raw', bytesOf(bytes), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
}

/** The HMAC-SHA-256 of a text. */
export async function hmac(key: CryptoKey, text: string): Promise<Uint8Array> {
  const { subtle } = crypto
  return new Uint8Array(await subtle.sign('HMAC', key, bytesOf(text)))
}

/** The RS256 signature of a text, by a private key in PKCS#8, as PEM. */
export async function signRS256(pem: string, text: string): Promise<Uint8Array> {
  const { subtle } = crypto
  const base64 = pem.replace(/-----[^-]+-----|\s/g, '')
  const der = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))
  const key = await subtle.importKey('pkcs8', der, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await subtle.sign('RSASSA-PKCS1-v1_5', key, bytesOf(text)))
}

/** Bytes as lower-case hexadecimal. */
export function hexadecimal(bytes: ArrayBuffer | Uint8Array): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** A text, or bytes, in the alphabet of base64 for URLs, without padding. */
export function base64url(data: string | Uint8Array): string {
  return base64Of(bytesOf(data)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function bytesOf(data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return (typeof data === 'string' ? new TextEncoder().encode(data) : data) as Uint8Array<ArrayBuffer>
}
