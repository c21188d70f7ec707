import type { ChatRequest, HostedTool, Tool, ToolChoice } from '../../operations/chat/index.ts'
import { fields, list, text } from './fields.ts'
import { jsonSchema } from './schema.ts'
import { compact, extended, id, isRecord, type Wire } from './wire.ts'

/**
 * Writes `tools`. Arguments are described by `parametersJsonSchema`, which takes JSON Schema as it is; `parameters`
 * takes Google's own subset of OpenAPI 3.0 and excludes the other.
 * @see https://ai.google.dev/api/caching#FunctionDeclaration
 */
export function encodeTools(
  tools: ChatRequest['tools'] = [],
  warn: (sentence: string) => void,
): readonly Wire[] | undefined {
  const declarations: Wire[] = []
  const encoded: Wire[] = []
  for (const tool of tools) {
    if (tool.type === 'function') {
      if (declarations.length === 0) encoded.push({ functionDeclarations: declarations })
      declarations.push(encodeDeclaration(tool))
      if (tool.strict) warn('`strict` was left out: this format does not hold calls to their schema exactly.')
    } else if (tool.dialect === id) encoded.push(tool.value)
    else warn('A tool that another provider hosts was left out.')
  }
  return encoded.length > 0 ? encoded : undefined
}

function encodeDeclaration({ name, description, parameters, extensions }: Tool): Wire {
  const { parameters: original, ...own } = extensions?.[id] ?? {}
  // The application's own words, unless somebody has changed the schema since.
  const unchanged = isRecord(original) && JSON.stringify(jsonSchema(original)) === JSON.stringify(parameters)
  return {
    ...own,
    ...compact({ name, description }),
    ...(unchanged ? { parameters: original } : compact({ parametersJsonSchema: parameters })),
  }
}

/** Reads `tools`. */
export function decodeTools(value: unknown): (Tool | HostedTool)[] {
  return list(value, 'tools').flatMap((entry, index): (Tool | HostedTool)[] => {
    const path = `tools[${index}]`
    const { functionDeclarations, ...hosted } = fields(entry, path)
    const tools: (Tool | HostedTool)[] =
      functionDeclarations === undefined
        ? []
        : list(functionDeclarations, `${path}.functionDeclarations`).map((declaration, position) =>
            decodeDeclaration(declaration, `${path}.functionDeclarations[${position}]`),
          )
    if (Object.keys(hosted).length > 0) tools.push({ type: 'hosted', dialect: id, value: hosted })
    return tools
  })
}

function decodeDeclaration(value: unknown, path: string): Tool {
  const { name, description, parameters, parametersJsonSchema, ...rest } = fields(value, path)
  const schema = isRecord(parametersJsonSchema)
    ? parametersJsonSchema
    : isRecord(parameters)
      ? jsonSchema(parameters)
      : undefined
  return {
    type: 'function',
    name: text(name, `${path}.name`),
    ...(description !== undefined && { description: text(description, `${path}.description`) }),
    ...(schema && { parameters: schema }),
    ...extended({ ...rest, ...(parameters !== undefined && { parameters }) }),
  }
}

/**
 * Writes `toolConfig`. A choice without functions says nothing, and is refused: "Function calling config is set without
 * function_declarations." What an application said in Google's own words stays.
 */
export function encodeToolConfig(
  { toolChoice, tools }: Pick<ChatRequest, 'toolChoice' | 'tools'>,
  own: Wire | undefined,
): Wire | undefined {
  const chooses = own?.['functionCallingConfig'] !== undefined || tools?.some(({ type }) => type === 'function')
  const choice = chooses ? toolChoice : undefined
  const functionCallingConfig = compact({
    ...(choice && typeof choice === 'object' && { mode: 'ANY', allowedFunctionNames: [choice.tool] }),
    ...(typeof choice === 'string' && { mode: modes[choice] }),
    ...(own?.['functionCallingConfig'] as Wire | undefined),
  })
  return compact({ ...own, functionCallingConfig })
}

/** Reads `toolConfig`: the choice, and what a choice cannot say. */
export function decodeToolConfig(value: unknown): { choice?: ToolChoice; rest?: Wire | undefined } {
  const { functionCallingConfig, ...rest } = fields(value, 'toolConfig')
  if (functionCallingConfig === undefined) return { rest: compact(rest) }
  const { mode, allowedFunctionNames, ...unknown } = fields(functionCallingConfig, 'toolConfig.functionCallingConfig')
  const allowed = Array.isArray(allowedFunctionNames) ? (allowedFunctionNames as string[]) : []
  const word = typeof mode === 'string' ? choices[mode.toUpperCase()] : undefined
  const [only] = allowed
  const one = word === 'required' && allowed.length === 1 && only !== undefined
  const config = compact({
    ...unknown,
    mode: word ? undefined : mode,
    allowedFunctionNames: one || allowed.length === 0 ? undefined : allowed,
  })
  return {
    ...(word && { choice: one ? { tool: only } : word }),
    rest: compact({ ...rest, functionCallingConfig: config }),
  }
}

const modes = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const

const choices: Readonly<Record<string, Extract<ToolChoice, string>>> = { AUTO: 'auto', NONE: 'none', ANY: 'required' }
