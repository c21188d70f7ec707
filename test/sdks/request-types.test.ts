import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts'
import type { Dialect } from '../../src/dialects/dialect.ts'
import { gemini } from '../../src/dialects/gemini/index.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import type { ChatEvent, ChatRequest, ChatResponse } from '../../src/operations/chat/index.ts'
import { loadRecordings, recordingsPresent, recordingsTitle } from '../recordings/recordings.ts'

type ChatDialect = Dialect<object, ChatRequest, ChatResponse, ChatEvent>
type Body = Readonly<Record<string, unknown>>

interface Format {
  readonly dialect: ChatDialect
  /** The maker of the SDK, whose own requests may say what only its types know. */
  readonly maker: string
  readonly models: readonly string[]
  /** Declares `Params`, the SDK's type of a request. */
  readonly type: string
  /** The request as the SDK's user would write it. */
  asWritten(body: Body): unknown
}

const formats: readonly Format[] = [
  {
    dialect: openaiChat as ChatDialect,
    maker: 'openai',
    models: ['gpt-5-mini'],
    type: `
      import type OpenAI from 'openai'
      type Params = OpenAI.Chat.ChatCompletionCreateParams`,
    asWritten: (body) => body,
  },
  {
    dialect: anthropicMessages as ChatDialect,
    maker: 'anthropic',
    models: ['claude-haiku-4-5', 'claude-opus-4-6', 'claude-opus-5'],
    // Older models still take what the types have no more.
    type: `
      import type Anthropic from '@anthropic-ai/sdk'
      type Params = Anthropic.MessageCreateParams & { temperature?: number; top_p?: number; top_k?: number }`,
    asWritten: (body) => body,
  },
  {
    dialect: gemini as ChatDialect,
    maker: 'gemini',
    models: ['gemini-2.5-flash', 'gemini-3-flash-preview'],
    // The SDK's enums take no literals.
    type: `
      import type { GenerateContentParameters } from '@google/genai'
      type Literal<T> = T extends string ? \`\${T}\` : T extends object ? { [Key in keyof T]: Literal<T[Key]> } : T
      type Params = Literal<GenerateContentParameters>`,
    asWritten: ({ contents, generationConfig, ...rest }) => ({
      model: 'a-model',
      contents,
      config: { ...(generationConfig as object | undefined), ...rest },
    }),
  },
]

/** Of each format's recordings, for each format. */
const most = 100
/** Long texts tell nothing more. */
const longest = 10_000

test.skipIf(!recordingsPresent)(
  recordingsTitle("what goes out is what the official SDKs' own types allow"),
  { timeout: 120_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'request-types-'))
    try {
      symlinkSync(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules'), 'junction')
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
      let count = 0
      for (const format of formats) {
        const literals = formats.flatMap((from) => translations(from, format))
        count += literals.length
        writeFileSync(join(folder, `${format.maker}.ts`), `${format.type}\n${literals.join('\n')}`)
      }
      expect(count).toBeGreaterThan(500)
      expect(compile(folder)).toBe('')
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)

/** Recorded requests of one format, written in another, as constants of type `Params`. */
function translations(from: Format, to: Format): readonly string[] {
  const bodies = new Map<string, string>()
  for (const { id, provider, model, stream, request, response } of loadRecordings(from.dialect.id)) {
    // Z.ai takes results of tools that do not name their call.
    if (!request.body || response.status >= 400 || provider === 'zai') continue
    // Requests in the same format keep what only their own provider knows.
    if (from === to && provider !== to.maker) continue
    const decoded = from.dialect.downstream!.decode(request.body, { model, ...(stream && { stream }) })
    for (const name of to.models) {
      const { body } = to.dialect.upstream.encode(decoded, { provider: to.maker, model: name, quirks: {} })
      const literal = JSON.stringify(to.asWritten(body))
      if (literal.length < longest) bodies.set(literal, `${id} for ${name}`)
    }
  }
  const all = [...bodies]
  const step = Math.max(1, all.length / most)
  return Array.from({ length: Math.min(most, all.length) }, (_, index) => {
    const [literal, title] = all[Math.floor(index * step)]!
    return `/* ${title} */ export const ${from.maker}${index}: Params = ${literal}`
  })
}

function compile(folder: string): string {
  const tsc = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc')
  return spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: folder, encoding: 'utf8' }).stdout
}

const compilerOptions = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  target: 'es2022',
  module: 'nodenext',
  lib: ['es2023', 'dom'],
  types: [],
}
