import type { Fields } from './fields.ts'

/** A file of a form, read. */
export interface FormFile {
  readonly field: string
  readonly bytes: Uint8Array
  readonly name: string
  readonly mediaType: string
}

/** The body of a `multipart/form-data` request, read. */
export class Form {
  readonly texts: readonly (readonly [name: string, value: string])[]
  readonly files: readonly FormFile[]

  constructor(texts: Form['texts'], files: readonly FormFile[]) {
    this.texts = texts
    this.files = files
  }
}

/** Reads a form with its files. */
export async function readForm(data: FormData): Promise<Form> {
  const texts: [string, string][] = []
  const files: FormFile[] = []
  for (const [field, value] of data) {
    if (typeof value === 'string') texts.push([field, value])
    else {
      const { name, type } = value
      files.push({ field, name, mediaType: type, bytes: new Uint8Array(await value.arrayBuffer()) })
    }
  }
  return new Form(texts, files)
}

/**
 * The texts of a form as the fields of JSON. A name with brackets, `include[]`, is a list, and so is one that comes
 * more than once; a name with a name in brackets, `chunking_strategy[type]`, is a field of an object.
 *
 * @param kinds the fields that are no texts
 */
export function formFields({ texts }: Form, kinds: Readonly<Record<string, 'number' | 'boolean'>>): Fields {
  // Every other object seems to have a field called `constructor`.
  const fields: Record<string, unknown> = Object.create(null)
  for (const [name, text] of texts) {
    const kind = kinds[name]
    const value = kind === 'number' ? numberIn(text) : kind === 'boolean' ? text === 'true' : text
    const [, outer = '', inner = ''] = /^(.+)\[(\w*)\]$/.exec(name) ?? []
    const there = fields[outer || name]
    if (inner) fields[outer] = { ...(there as Fields | undefined), [inner]: value }
    else if (outer) fields[outer] = [...((there as unknown[] | undefined) ?? []), value]
    else fields[name] = there === undefined ? value : [there, value].flat()
  }
  return fields
}

/** A text that is no number stays what it is, so that it is found out as none. */
function numberIn(text: string): number | string {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
}

/**
 * Adds fields to a form, as {@link formFields} reads them. What is undefined or null is left out.
 *
 * @param mark what follows the name of a list
 */
export function addFields(form: FormData, fields: Fields, mark: '[]' | '' = '[]'): void {
  for (const [name, value] of Object.entries(fields)) {
    if (Array.isArray(value)) for (const each of value) form.append(name + mark, String(each))
    else if (typeof value === 'object' && value !== null) {
      for (const [inner, each] of Object.entries(value)) form.append(`${name}[${inner}]`, String(each))
    } else if (value !== undefined && value !== null) form.append(name, String(value))
  }
}
