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

/** By the name that an application gives a tool of a provider's, the one by which the model calls it. */
export type ToolNames = ReadonlyMap<string, string>

/** Finds the tools that the model calls by other names than the application; undefined, as mostly, when there are none. */
export function toolNames(
  given: readonly (FunctionTool | ProviderTool)[] = [],
  decoded: readonly (Tool | HostedTool)[] = [],
): ToolNames | undefined {
  let names: Map<string, string> | undefined
  for (const [index, { name }] of given.entries()) {
    const tool = decoded[index]
    if (tool?.type !== 'hosted' || tool.dialect === id) continue
    const theirs = tool.value['name']
    if (typeof theirs === 'string' && theirs !== name) (names ??= new Map()).set(name, theirs)
  }
  return names
}

/** The same, by the names by which the model calls them. */
export function turned(names: ToolNames | undefined): ToolNames | undefined {
  return names && new Map([...names].map(([name, theirs]) => [theirs, name]))
}

export function decodeToolChoice(choice: SdkToolChoice, names: ToolNames | undefined): ToolChoice {
  return choice.type === 'tool' ? { tool: names?.get(choice.toolName) ?? choice.toolName } : choice.type
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

type Words = Readonly<Record<string, unknown>>

/** What Anthropic's package calls a tool, and the only name that its API takes for it. */
function anthropicNames(suffix: string): { readonly type: string; readonly name?: string } {
  const type = suffix.replace(/^tool_search_(?!tool_)/, 'tool_search_tool_')
  const name = type.replace(/_\d+$/, '')
  if (name === 'computer_toolset') return { type }
  if (name !== 'text_editor') return { type, name }
  return { type, name: type < 'text_editor_202504' ? 'str_replace_editor' : 'str_replace_based_edit_tool' }
}

/** Where OpenAI's package and its API have different words for a tool, by its type. */
const openaiTools: Readonly<Record<string, (args: Words, name: string) => Words>> = {
  code_interpreter: ({ container, ...args }) => ({
    ...args,
    container: typeof container === 'string' ? container : { type: 'auto', ...(container as Words | undefined) },
  }),
  custom: (args, name) => ({ name, ...args }),
  file_search: ({ ranking, ...args }) => ({ ...args, ...(ranking !== undefined && { ranking_options: ranking }) }),
  mcp: (args) => ({ ...args, require_approval: args['require_approval'] ?? 'never' }),
}

const namings: Readonly<Record<string, Naming>> = {
  anthropic: {
    dialect: 'anthropic-messages',
    decode: ({ args }, suffix) => ({ ...anthropicNames(suffix), ...(rename(args, snake) as object) }),
    encode({ type, name, ...args }) {
      const suffix = String(type).replace(/^tool_search_tool_/, 'tool_search_')
      return { suffix, name: String(name ?? suffix), args: rename(args, camel) }
    },
  },
  openai: {
    dialect: 'openai-responses',
    decode({ name, args }, type) {
      const words = rename(args, snake) as Words
      return { type, ...(Object.hasOwn(openaiTools, type) ? openaiTools[type]!(words, name) : words) }
    },
    encode({ type, ranking_options: ranking, ...args }) {
      const suffix = String(type)
      const name = suffix === 'custom' ? String(args['name']) : suffix
      return { suffix, name, args: rename({ ...args, ...(ranking !== undefined && { ranking }) }, camel) }
    },
  },
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

/** Renames the fields of plain data, however deep. Not those that an application has named: of headers, and of a schema. */
export function rename(value: unknown, to: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => rename(item, to))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [to(name), named.has(name) ? inner : rename(inner, to)]),
  )
}

const named: ReadonlySet<string> = new Set(['headers', 'parameters'])

/** `webSearch` as `web_search`. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** `web_search` as `webSearch`. */
export function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
