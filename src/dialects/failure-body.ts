/** What the body of a failure says, in whatever shape. */
export interface Told {
  /** Every code, type, status and reason: for tables, not for people. */
  readonly codes: string[]
  readonly messages: string[]
  /** How long to wait, in any form. */
  wait?: string
  requestId?: string
}

/**
 * Reads the body of a failure in all the shapes that providers send. Fields of other names may hold the prompt, or what
 * the model wrote, and are left alone.
 */
export function readFailure(body: unknown): Told {
  const told: Told = { codes: [], messages: [] }
  read(body, 'error', told)
  return told
}

const codes = /^(__type|(error|(raw_)?status)?_?code|(error_)?type|status|reason|quotaId)$/i
const texts =
  /^((inner)?errors?|(error_)?message|msg|details?|title|error_description|metadata|headers|raw|violations)$/i
const waits = /^(retryDelay|retry_?after(_seconds)?|resets_in_seconds|x-ratelimit-reset)$/i

function read(value: unknown, name: string, told: Told): void {
  if (value == null) return
  if (codes.test(name)) told.codes.push(plain(value))
  else if (waits.test(name)) told.wait = plain(value)
  else if (/^request_?id$/i.test(name)) told.requestId = plain(value)
  // Where a field of the request is wrong.
  else if (name === 'loc') tell([value].flat().map(plain).join('.'), told)
  else if (texts.test(name)) {
    const node = typeof value === 'string' ? parsed(value) : value
    if (typeof node === 'string') tell(node, told)
    else if (Array.isArray(node)) for (const item of node) read(item, name, told)
    else for (const field in node as object) read((node as Told)[field as never], field, told)
  }
}

/** Objects have a `toString` of their own if a provider likes: as JSON they are always text. */
function plain(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function tell(text: string, { messages }: Told): void {
  // A page of HTML says nothing to an application: its title does.
  const [page, title] = /^\s*<(?:[\s\S]*<title[^>]*>([^<]*))?/i.exec(text) ?? []
  const message =
    page === undefined ? text.trim() : `An HTML page${title ? `, "${title.trim()}",` : ''} in place of an answer.`
  if (message && !messages.includes(message)) messages.push(message)
}

/** Some pass on the body that they were given, as a text. */
function parsed(text: string): unknown {
  try {
    return /^\s*[[{]/.test(text) ? JSON.parse(text) : text
  } catch {
    return text
  }
}
