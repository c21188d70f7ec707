import type { Fields } from '../fields.ts'

/** The headers that features need until they are generally available. */
const betas: Readonly<Record<string, string>> = {
  mcp_servers: 'mcp-client-2025-11-20',
  context_management: 'context-management-2025-06-27',
  compact_20260112: 'compact-2026-01-12',
  skills: 'skills-2025-10-02',
  fallbacks: 'server-side-fallback-2026-07-01',
  speed: 'fast-mode-2026-02-01',
  task_budget: 'task-budgets-2026-03-13',
  computer_20250124: 'computer-use-2025-01-24',
  computer_20251124: 'computer-use-2025-11-24',
  code_execution_20250522: 'code-execution-2025-05-22',
  advisor_20260301: 'advisor-tool-2026-03-01',
}

/** Lists the headers of a request by its fields without a name of ours, and the types of its tools and of its edits to the context. */
export function betasOf(own: Fields = {}, tools: readonly object[] = []): string {
  const { container, output_config, context_management } = own as Readonly<Record<string, Fields | null | undefined>>
  const typed = [...tools, ...[context_management?.['edits']].flat()] as ({ type?: string } | null | undefined)[]
  return [own, container, output_config]
    .flatMap((node) => Object.keys(node ?? {}))
    .concat(typed.map((node) => node?.type ?? ''))
    .flatMap((feature) => betas[feature] ?? [])
    .join()
}
