import type { HostedTool, Tool, ToolChoice } from '../../operations/chat/index.ts'
import { encodeOptions, id, OptionsReader } from './provider-options.ts'
import type { FunctionTool, ProviderTool, ToolChoice as SdkToolChoice } from './specification.ts'

/** Reads a tool. One of a provider's own is said in that provider's words, where it is one whose words we know. */
export function decodeTool(tool: FunctionTool | ProviderTool): Tool | HostedTool {
  if (tool.type !== 'function') return decodeProviderTool(tool)
  const { name, description, inputSchema, strict, inputExamples } = tool
  const options = new OptionsReader(tool.providerOptions)
  const cache = options.takeCacheMark()
  const kept = options.extensions.extensions?.[id]
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    parameters: inputSchema as Tool['parameters'],
    ...(strict !== undefined && { strict }),
    ...(cache && { cache }),
    ...((kept || inputExamples) && { extensions: { [id]: { ...kept, ...(inputExamples && { inputExamples }) } } }),
  }
}

/** Writes a tool as version 4 says it; undefined when the AI SDK has no words for it. */
export function encodeTool(tool: Tool | HostedTool): FunctionTool | ProviderTool | undefined {
  if (tool.type === 'hosted') return encodeHosted(tool)
  const { name, description, parameters, strict, extensions } = tool
  const inputExamples = extensions?.[id]?.['inputExamples'] as FunctionTool['inputExamples']
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(strict !== undefined && { strict }),
    ...(inputExamples && { inputExamples }),
    ...encodeOptions(tool),
  }
}

export function decodeToolChoice(choice: SdkToolChoice): ToolChoice {
  return choice.type === 'tool' ? { tool: choice.toolName } : choice.type
}

export function encodeToolChoice(choice: ToolChoice): SdkToolChoice {
  return typeof choice === 'object' ? { type: 'tool', toolName: choice.tool } : { type: choice }
}

/** How the provider packages of the AI SDK name the tools of a dialect: `anthropic.web_search_20250305`. */
interface Naming {
  readonly dialect: string
  decode(tool: ProviderTool, suffix: string): Readonly<Record<string, unknown>>
  encode(value: Readonly<Record<string, unknown>>): { suffix: string; name: string; args: unknown }
}

const typed = (dialect: string, named: boolean): Naming => ({
  dialect,
  decode: ({ name, args }, type) => ({ type, ...(named && { name }), ...(rename(args, snake) as object) }),
  encode({ type, name, ...args }) {
    const suffix = String(type)
    return { suffix, name: named ? String(name) : suffix, args: rename(args, camel) }
  },
})

const namings: Readonly<Record<string, Naming>> = {
  anthropic: typed('anthropic-messages', true),
  openai: typed('openai-responses', false),
  google: {
    dialect: 'gemini',
    decode: ({ args }, suffix) => ({ [camel(suffix)]: args }),
    encode(value) {
      const [field = '', args = {}] = Object.entries(value)[0] ?? []
      return { suffix: snake(field), name: snake(field), args }
    },
  },
}

function decodeProviderTool(tool: ProviderTool): HostedTool {
  const [provider = '', suffix = ''] = tool.id.split(/\.(.*)/s)
  const naming = namings[provider]
  if (naming) return { type: 'hosted', dialect: naming.dialect, value: naming.decode(tool, suffix) }
  return { type: 'hosted', dialect: id, value: { ...tool, type: 'provider' } }
}

function encodeHosted({ dialect, value }: HostedTool): ProviderTool | undefined {
  if (dialect === id) return value as unknown as ProviderTool
  const provider = Object.keys(namings).find((name) => namings[name]!.dialect === dialect)
  if (provider === undefined) return undefined
  const { suffix, name, args } = namings[provider]!.encode(value)
  return { type: 'provider', id: `${provider}.${suffix}`, name, args: args as ProviderTool['args'] }
}

/** Renames the fields of plain data, however deep. */
export function rename(value: unknown, to: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => rename(item, to))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [to(name), rename(inner, to)]))
}

/** `webSearch` as `web_search`. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** `web_search` as `webSearch`. */
export function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
