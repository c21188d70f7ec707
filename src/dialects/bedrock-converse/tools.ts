import type { ChatRequest, HostedTool, Tool } from '../../operations/chat/index.ts'
import { encodeSchema } from '../closed-schema.ts'
import { compact, type Fields } from '../fields.ts'
import { cachePoint, type Writer } from './content.ts'
import type { Family } from './model.ts'
import { id, own, type WireMessage, type WireTool } from './wire.ts'

/** The tools, and which of them to call. */
export interface WireToolConfig {
  readonly tools: readonly WireTool[]
  readonly toolChoice?: Fields | undefined
}

/**
 * Writes the tools. They must be there when messages speak of them, and there is no word for calling none of them:
 * then they stay away, if they can.
 */
export function encodeTools(
  { tools = [], toolChoice, parallelToolCalls }: ChatRequest,
  messages: readonly WireMessage[],
  family: Family,
  writer: Writer,
): WireToolConfig | undefined {
  const { leaveOut } = writer
  const named = namesIn(messages)
  if (toolChoice === 'none') {
    if (named.size === 0) return undefined
    if (tools.length > 0) leaveOut('The tool choice "none"', 'the conversation has calls of tools')
  }
  const wire = tools.flatMap((tool) => encodeTool(tool, family, writer))
  if (wire.length === 0) {
    if (named.size === 0) return undefined
    // Without any tool Bedrock refuses a conversation that has calls and results.
    for (const name of named) wire.push({ toolSpec: { name, inputSchema: { json: { type: 'object' } } } })
    leaveOut('That there are no tools', 'the conversation has calls of some, which were declared')
  }
  if (parallelToolCalls === false) leaveOut('`parallelToolCalls`')
  return compact<WireToolConfig>({ tools: wire, toolChoice: encodeChoice(toolChoice) })
}

function encodeTool(tool: Tool | HostedTool, family: Family, writer: Writer): WireTool[] {
  if (tool.type === 'hosted') {
    if (tool.dialect === id) return [tool.value]
    writer.leaveOut(`A tool that only ${tool.dialect} has`)
    return []
  }
  const { name, description, parameters = {}, strict, cache } = tool
  const schema = strict ? encodeSchema(parameters) : parameters
  const toolSpec = {
    ...own(tool),
    ...compact({
      name,
      // Bedrock refuses an empty one.
      description: description || undefined,
      inputSchema: { json: schema['type'] === undefined ? { type: 'object', ...schema } : schema },
      // Models that cannot be held to a schema refuse the field.
      strict: strict || undefined,
    }),
  }
  return cache && family.cachesTools ? [{ toolSpec }, cachePoint(cache.ttl, writer)] : [{ toolSpec }]
}

function encodeChoice(choice: ChatRequest['toolChoice']): Fields | undefined {
  if (typeof choice === 'object') return { tool: { name: choice.tool } }
  return choice === 'required' ? { any: {} } : choice === 'auto' ? { auto: {} } : undefined
}

/** The names of the tools that were called, and one for results whose calls are gone. */
function namesIn(messages: readonly WireMessage[]): Set<string> {
  const names = new Set<string>()
  for (const { content } of messages) {
    for (const { toolUse, toolResult } of content) {
      if (toolUse?.name) names.add(toolUse.name)
      else if (toolResult && names.size === 0) names.add('tool')
    }
  }
  return names
}
