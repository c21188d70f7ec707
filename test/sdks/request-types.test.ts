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
  /** The name of the SDK's type of a request, */
  readonly params: string
  /** and its declaration. */
  readonly type: string
  /** The request as the SDK's user would write it. */
  asWritten(body: Body): unknown
}

const formats: readonly Format[] = [
  {
    dialect: openaiChat as ChatDialect,
    maker: 'openai',
    models: ['gpt-5-mini'],
    params: 'OpenAIParams',
    type: `
      import type OpenAI from 'openai'
      type OpenAIParams = OpenAI.Chat.ChatCompletionCreateParams`,
    // As recorded, OpenAI takes the name of a tool with its result, though the types do not have it.
    asWritten: ({ messages, ...rest }) => ({
      ...rest,
      messages: (messages as Body[]).map(({ name, ...message }) =>
        message['role'] === 'tool' || name === undefined ? message : { ...message, name },
      ),
    }),
  },
  {
    dialect: anthropicMessages as ChatDialect,
    maker: 'anthropic',
    models: ['claude-haiku-4-5', 'claude-opus-4-6', 'claude-opus-5'],
    params: 'AnthropicParams',
    // Older models still take what the types have no more.
    type: `
      import type Anthropic from '@anthropic-ai/sdk'
      type Sampling = { temperature?: number; top_p?: number; top_k?: number }
      type AnthropicParams = Sampling & (Anthropic.MessageCreateParams | Anthropic.Beta.Messages.MessageCreateParams)`,
    asWritten: (body) => body,
  },
  {
    dialect: gemini as ChatDialect,
    maker: 'gemini',
    models: ['gemini-2.5-flash', 'gemini-3-flash-preview'],
    params: 'GoogleParams',
    // The SDK's enums take no literals.
    type: `
      import type { GenerateContentParameters } from '@google/genai'
      type Literal<T> = T extends string ? \`\${T}\` : T extends object ? { [Key in keyof T]: Literal<T[Key]> } : T
      type GoogleParams = Literal<GenerateContentParameters>`,
    asWritten: ({ contents, generationConfig, ...rest }) => ({
      model: 'a-model',
      contents,
      config: { ...(generationConfig as object | undefined), ...rest },
    }),
  },
]

/** Of each format's recordings, for each format. */
const most = 200
/** Long texts tell nothing more. */
const longest = 10_000

test.skipIf(!recordingsPresent)(
  recordingsTitle("what goes out is what the official SDKs' own types allow"),
  { timeout: 120_000 },
  () => {
    const samples = formats.flatMap((from) => formats.flatMap((to) => translations(from, to)))
    expect(samples.length).toBeGreaterThan(500)
    const refused = new Map(compile(samples).map(({ line, error }) => [line, error]))
    // What an application wrote beside the types goes out as it was.
    const ours = samples.flatMap(({ title }, index) => {
      const [before, after] = [refused.get(2 * index), refused.get(2 * index + 1)]
      return after && !before ? `${title}: ${after}` : []
    })
    expect(ours).toEqual([])
  },
)

interface Sample {
  readonly title: string
  readonly to: Format
  /** As it was recorded, where that was in the same format. */
  readonly before: string
  readonly after: string
}

/** Recorded requests of one format, written in another. */
function translations(from: Format, to: Format): readonly Sample[] {
  const samples = new Map<string, Sample>()
  for (const { id, provider, model, stream, request, response } of loadRecordings(from.dialect.id)) {
    // Z.ai takes results of tools that do not name their call.
    if (!request.body || response.status >= 400 || provider === 'zai') continue
    // Requests in the same format keep what only their own provider knows.
    if (from === to && provider !== to.maker) continue
    const decoded = from.dialect.downstream!.decode(request.body, { model, ...(stream && { stream }) })
    // OpenAI itself does not, but others in its format watch videos and draw.
    const watches = decoded.messages.some(({ content }) => content.some(({ type }) => type === 'video'))
    if (watches || decoded.modalities?.includes('image')) continue
    const before = from === to ? JSON.stringify(to.asWritten(request.body as Body)) : 'undefined as never'
    for (const name of to.models) {
      const { body } = to.dialect.upstream.encode(decoded, { provider: to.maker, model: name, quirks: {} })
      const after = JSON.stringify(to.asWritten(body))
      if (after.length < longest) samples.set(after, { title: `${id} for ${name}`, to, before, after })
    }
  }
  const all = [...samples.values()]
  const step = Math.max(1, all.length / most)
  return Array.from({ length: Math.min(most, all.length) }, (_, index) => all[Math.floor(index * step)]!)
}

/** What the compiler says of each line: two lines a sample. */
function compile(samples: readonly Sample[]): readonly { readonly line: number; readonly error: string }[] {
  const folder = mkdtempSync(join(tmpdir(), 'request-types-'))
  try {
    symlinkSync(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules'), 'junction')
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['requests.ts'] }))
    const lines = samples.flatMap(({ to, before, after }, index) => [
      `export const before${index}: ${to.params} = ${before}`,
      `export const after${index}: ${to.params} = ${after}`,
    ])
    writeFileSync(join(folder, 'requests.ts'), [...lines, ...formats.map(({ type }) => type)].join('\n'))
    const tsc = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc')
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: folder, encoding: 'utf8' })
    const errors = [...stdout.matchAll(/^requests\.ts\((\d+),\d+\): (.*)$/gm)]
    if (status !== 0 && errors.length === 0) throw new Error(stdout)
    return errors.map(([, line, error]) => ({ line: Number(line) - 1, error: error! }))
  } finally {
    rmSync(folder, { recursive: true })
  }
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
