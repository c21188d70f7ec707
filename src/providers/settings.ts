import type { AnyProvider, Setting } from './provider.ts'

/** The settings of a row, and those that nobody gave. */
export interface Settings {
  readonly values: Readonly<Record<string, string>>
  /** A sentence that names what is missing, and where to say it. */
  readonly missing: string | undefined
}

/** Looks up what a row must know of its user's account: as it was given, from the environment, or the row's default. */
export function settingsOf(
  { id, settings = {}, given = {} }: AnyProvider,
  env: (name: string) => string | undefined,
): Settings {
  const values: Record<string, string> = {}
  const missing: string[] = []
  for (const [name, setting] of Object.entries<Setting>(settings)) {
    const value = given[name] ?? setting.env?.map(env).find(Boolean) ?? setting.default
    if (value !== undefined) values[name] = value
    else
      missing.push(
        `${name} of ${id} is not set: give ${setting.env ? `${setting.env.join(' or ')}, or ` : ''}provider(row, { ${name}: '…' })`,
      )
  }
  return { values, missing: missing.length > 0 ? missing.join('; ') : undefined }
}

/** Puts settings into the places of a template: `https://{resource}.openai.azure.com`. A host may be given with its scheme. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(
    /\{(\w+)\}/g,
    (place, name: string) => values[name]?.replace(/^https?:\/\/|\/+$/g, '') ?? place,
  )
}
