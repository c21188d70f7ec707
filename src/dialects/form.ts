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
 * The texts of a form as the fields of JSON: a name with brackets is a list.
 *
 * @param numbers The fields that are numbers. `true` and `false` are what they say.
 */
export function formFields({ texts }: Form, numbers: readonly string[]): Fields {
  const fields: Record<string, unknown> = {}
  for (const [name, text] of texts) {
    const value = numbers.includes(name) ? Number(text) : text === 'true' ? true : text === 'false' ? false : text
    if (!name.endsWith('[]')) fields[name] = value
    else {
      const list = (fields[name.slice(0, -2)] ??= []) as unknown[]
      list.push(value)
    }
  }
  return fields
}
