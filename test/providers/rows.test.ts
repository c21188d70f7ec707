import { describe, expect, test } from 'vitest'
import type { OpenAIChatQuirks } from '../../src/dialects/openai-chat/index.ts'
import type { ChatRequest } from '../../src/operations/chat/index.ts'
import { type AnyProvider, allSpoken } from '../../src/providers/provider.ts'
import { keys, rows, rowWorld, type Sent, settingNames } from './world.ts'

/** Where each row sends a chat, with `acme` for every setting. A compatible provider is one row, and one line here. */
const addresses: Readonly<Record<string, string>> = {
  abacus: 'https://routellm.abacus.ai/v1/chat/completions',
  ai21: 'https://api.ai21.com/studio/v1/chat/completions',
  aihubmix: 'https://aihubmix.com/v1/chat/completions',
  alibaba: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions',
  alibabaCn: 'https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions',
  alibabaCodingPlan: 'https://coding-intl.dashscope.aliyuncs.com/v1/chat/completions',
  alibabaCodingPlanCn: 'https://coding.dashscope.aliyuncs.com/v1/chat/completions',
  alibabaTokenPlan: 'https://token-plan.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1/chat/completions',
  alibabaTokenPlanCn: 'https://token-plan.cn-beijing.maas.aliyuncs.com/compatible-mode/v1/chat/completions',
  ambient: 'https://api.ambient.xyz/v1/chat/completions',
  anthropic: 'https://api.anthropic.com/v1/messages',
  anyapi: 'https://api.anyapi.ai/v1/chat/completions',
  apertis: 'https://api.stima.tech/v1/chat/completions',
  assemblyai: 'https://llm-gateway.assemblyai.com/v1/chat/completions',
  atomicChat: 'http://localhost:1337/v1/chat/completions',
  auriko: 'https://api.auriko.ai/v1/chat/completions',
  avian: 'https://api.avian.io/v1/chat/completions',
  azure: 'https://acme.openai.azure.com/openai/v1/chat/completions',
  azureAi: 'https://acme.services.ai.azure.com/openai/v1/chat/completions',
  azureAnthropic: 'https://acme.services.ai.azure.com/anthropic/v1/messages',
  azureDeployments: 'https://acme.openai.azure.com/openai/deployments/any-model/chat/completions?api-version=acme',
  bailing: 'https://api.tbox.cn/api/llm/v1/chat/completions',
  baseten: 'https://inference.baseten.co/v1/chat/completions',
  bedrock: 'https://bedrock-runtime.acme.amazonaws.com/model/any-model/converse',
  bedrockMantle: 'https://bedrock-mantle.acme.api.aws/v1/chat/completions',
  berget: 'https://api.berget.ai/v1/chat/completions',
  cerebras: 'https://api.cerebras.ai/v1/chat/completions',
  chutes: 'https://llm.chutes.ai/v1/chat/completions',
  clarifai: 'https://api.clarifai.com/v2/ext/openai/v1/chat/completions',
  cloudferroSherlock: 'https://api-sherlock.cloudferro.com/openai/v1/chat/completions',
  cloudflareAiGateway: 'https://api.cloudflare.com/client/v4/accounts/acme/ai/v1/chat/completions',
  cloudflareWorkersAi: 'https://api.cloudflare.com/client/v4/accounts/acme/ai/v1/chat/completions',
  codestral: 'https://codestral.mistral.ai/v1/chat/completions',
  cohere: 'https://api.cohere.com/v2/chat',
  cortecs: 'https://api.cortecs.ai/v1/chat/completions',
  crof: 'https://crof.ai/v1/chat/completions',
  crusoe: 'https://api.inference.crusoecloud.com/v1/chat/completions',
  databricks: 'https://acme/ai-gateway/mlflow/v1/chat/completions',
  deepinfra: 'https://api.deepinfra.com/v1/openai/chat/completions',
  deepseek: 'https://api.deepseek.com/chat/completions',
  digitalocean: 'https://inference.do-ai.run/v1/chat/completions',
  dinference: 'https://api.dinference.com/v1/chat/completions',
  dockerModelRunner: 'http://localhost:12434/engines/v1/chat/completions',
  doubleword: 'https://api.doubleword.ai/v1/chat/completions',
  drun: 'https://chat.d.run/v1/chat/completions',
  evroc: 'https://models.think.evroc.com/v1/chat/completions',
  fastrouter: 'https://go.fastrouter.ai/api/v1/chat/completions',
  featherless: 'https://api.featherless.ai/v1/chat/completions',
  fireworks: 'https://api.fireworks.ai/inference/v1/chat/completions',
  freemodel: 'https://cc.freemodel.dev/v1/messages',
  friendli: 'https://api.friendli.ai/serverless/v1/chat/completions',
  frogbot: 'https://app.frogbot.ai/api/v1/chat/completions',
  galadriel: 'https://api.galadriel.com/v1/chat/completions',
  githubCopilot: 'https://api.githubcopilot.com/chat/completions',
  githubModels: 'https://models.github.ai/inference/chat/completions',
  gmicloud: 'https://api.gmi-serving.com/v1/chat/completions',
  google: 'https://generativelanguage.googleapis.com/v1beta/models/any-model:generateContent',
  gpt4all: 'http://localhost:4891/v1/chat/completions',
  gpustack: 'http://localhost/v1/chat/completions',
  groq: 'https://api.groq.com/openai/v1/chat/completions',
  helicone: 'https://ai-gateway.helicone.ai/v1/chat/completions',
  heroku: 'https://us.inference.heroku.com/v1/chat/completions',
  hpcAi: 'https://api.hpc-ai.com/inference/v1/chat/completions',
  huggingface: 'https://router.huggingface.co/v1/chat/completions',
  hyperbolic: 'https://api.hyperbolic.xyz/v1/chat/completions',
  iflowcn: 'https://apis.iflow.cn/v1/chat/completions',
  inception: 'https://api.inceptionlabs.ai/v1/chat/completions',
  inceptron: 'https://api.inceptron.io/v1/chat/completions',
  inference: 'https://inference.net/v1/chat/completions',
  ioNet: 'https://api.intelligence.io.solutions/api/v1/chat/completions',
  jan: 'http://localhost:1337/v1/chat/completions',
  jiekou: 'https://api.jiekou.ai/openai/chat/completions',
  kilo: 'https://api.kilo.ai/api/gateway/chat/completions',
  kimiForCoding: 'https://api.kimi.com/coding/v1/messages',
  koboldcpp: 'http://localhost:5001/v1/chat/completions',
  lilac: 'https://api.getlilac.com/v1/chat/completions',
  litellmProxy: 'http://localhost:4000/v1/chat/completions',
  llama: 'https://api.llama.com/compat/v1/chat/completions',
  llamacpp: 'http://localhost:8080/v1/chat/completions',
  llamafile: 'http://localhost:8080/v1/chat/completions',
  llamagate: 'https://api.llamagate.dev/v1/chat/completions',
  llmgateway: 'https://api.llmgateway.io/v1/chat/completions',
  lmstudio: 'http://localhost:1234/v1/chat/completions',
  localai: 'http://localhost:8080/v1/chat/completions',
  meganova: 'https://api.meganova.ai/v1/chat/completions',
  minimax: 'https://api.minimax.io/anthropic/v1/messages',
  minimaxCn: 'https://api.minimaxi.com/anthropic/v1/messages',
  mistral: 'https://api.mistral.ai/v1/chat/completions',
  mistralrs: 'http://localhost:1234/v1/chat/completions',
  mixlayer: 'https://models.mixlayer.ai/v1/chat/completions',
  moark: 'https://moark.com/v1/chat/completions',
  modelscope: 'https://api-inference.modelscope.cn/v1/chat/completions',
  moonshot: 'https://api.moonshot.ai/v1/chat/completions',
  moonshotCn: 'https://api.moonshot.cn/v1/chat/completions',
  morph: 'https://api.morphllm.com/v1/chat/completions',
  nanoGpt: 'https://nano-gpt.com/api/v1/chat/completions',
  nearai: 'https://cloud-api.near.ai/v1/chat/completions',
  nebius: 'https://api.tokenfactory.nebius.com/v1/chat/completions',
  neon: 'https://acme/ai-gateway/mlflow/v1/chat/completions',
  neuralwatt: 'https://api.neuralwatt.com/v1/chat/completions',
  nim: 'http://localhost:8000/v1/chat/completions',
  nova: 'https://api.nova.amazon.com/v1/chat/completions',
  novita: 'https://api.novita.ai/openai/chat/completions',
  nvidia: 'https://integrate.api.nvidia.com/v1/chat/completions',
  ollama: 'http://localhost:11434/v1/chat/completions',
  ollamaCloud: 'https://ollama.com/v1/chat/completions',
  ollamaNative: 'http://localhost:11434/api/chat',
  openai: 'https://api.openai.com/v1/chat/completions',
  opencode: 'https://opencode.ai/zen/v1/chat/completions',
  opencodeGo: 'https://opencode.ai/zen/go/v1/chat/completions',
  openrouter: 'https://openrouter.ai/api/v1/chat/completions',
  orcarouter: 'https://api.orcarouter.ai/v1/chat/completions',
  ovhcloud: 'https://oai.endpoints.kepler.ai.cloud.ovh.net/v1/chat/completions',
  parasail: 'https://api.parasail.io/v1/chat/completions',
  perplexity: 'https://api.perplexity.ai/chat/completions',
  poe: 'https://api.poe.com/v1/chat/completions',
  poolside: 'https://inference.poolside.ai/v1/chat/completions',
  portkey: 'https://api.portkey.ai/v1/chat/completions',
  privatemodeAi: 'http://localhost:8080/v1/chat/completions',
  publicai: 'https://api.publicai.co/v1/chat/completions',
  qiniuAi: 'https://api.qnaigc.com/v1/chat/completions',
  regoloAi: 'https://api.regolo.ai/v1/chat/completions',
  requesty: 'https://router.requesty.ai/v1/chat/completions',
  routingRun: 'https://ai.routing.sh/v1/chat/completions',
  sakana: 'https://api.sakana.ai/v1/chat/completions',
  sambanova: 'https://api.sambanova.ai/v1/chat/completions',
  sarvam: 'https://api.sarvam.ai/v1/chat/completions',
  scaleway: 'https://api.scaleway.ai/v1/chat/completions',
  sglang: 'http://localhost:30000/v1/chat/completions',
  siliconflow: 'https://api.siliconflow.com/v1/chat/completions',
  siliconflowCn: 'https://api.siliconflow.cn/v1/chat/completions',
  snowflake: 'https://acme.snowflakecomputing.com/api/v2/cortex/v1/chat/completions',
  stackit: 'https://api.openai-compat.model-serving.eu01.onstackit.cloud/v1/chat/completions',
  stepfun: 'https://api.stepfun.com/v1/chat/completions',
  stepfunAi: 'https://api.stepfun.ai/step_plan/v1/chat/completions',
  submodel: 'https://llm.submodel.ai/v1/chat/completions',
  synthetic: 'https://api.synthetic.new/openai/v1/chat/completions',
  tencentCodingPlan: 'https://api.lkeap.cloud.tencent.com/coding/v3/chat/completions',
  tencentTokenhub: 'https://tokenhub.tencentmaas.com/v1/chat/completions',
  textGenerationWebui: 'http://localhost:5000/v1/chat/completions',
  tgi: 'http://localhost:8080/v1/chat/completions',
  theGridAi: 'https://api.thegrid.ai/v1/chat/completions',
  tinfoil: 'https://inference.tinfoil.sh/v1/chat/completions',
  together: 'https://api.together.xyz/v1/chat/completions',
  umansAi: 'https://api.code.umans.ai/v1/chat/completions',
  upstage: 'https://api.upstage.ai/v1/solar/chat/completions',
  v0: 'https://api.v0.dev/v1/chat/completions',
  venice: 'https://api.venice.ai/api/v1/chat/completions',
  vercel: 'https://ai-gateway.vercel.sh/v1/chat/completions',
  vertex:
    'https://acme-aiplatform.googleapis.com/v1/projects/acme/locations/acme/publishers/google/models/any-model:generateContent',
  vertexAnthropic:
    'https://acme-aiplatform.googleapis.com/v1/projects/acme/locations/acme/publishers/anthropic/models/any-model:rawPredict',
  vertexOpenapi:
    'https://acme-aiplatform.googleapis.com/v1/projects/acme/locations/acme/endpoints/openapi/chat/completions',
  vivgrid: 'https://api.vivgrid.com/v1/chat/completions',
  vllm: 'http://localhost:8000/v1/chat/completions',
  volcengine: 'https://ark.cn-beijing.volces.com/api/v3/chat/completions',
  vultr: 'https://api.vultrinference.com/v1/chat/completions',
  wafer: 'https://pass.wafer.ai/v1/chat/completions',
  wandb: 'https://api.inference.wandb.ai/v1/chat/completions',
  watsonx: 'https://acme.ml.cloud.ibm.com/ml/v1/text/chat?version=2025-02-06',
  xai: 'https://api.x.ai/v1/chat/completions',
  xiaomi: 'https://api.xiaomimimo.com/v1/chat/completions',
  xiaomiTokenPlanAms: 'https://token-plan-ams.xiaomimimo.com/v1/chat/completions',
  xiaomiTokenPlanCn: 'https://token-plan-cn.xiaomimimo.com/v1/chat/completions',
  xiaomiTokenPlanSgp: 'https://token-plan-sgp.xiaomimimo.com/v1/chat/completions',
  xinference: 'http://localhost:9997/v1/chat/completions',
  zai: 'https://api.z.ai/api/paas/v4/chat/completions',
  zaiCodingPlan: 'https://api.z.ai/api/coding/paas/v4/chat/completions',
  zenmux: 'https://zenmux.ai/api/v1/chat/completions',
  zhipuai: 'https://open.bigmodel.cn/api/paas/v4/chat/completions',
  zhipuaiCodingPlan: 'https://open.bigmodel.cn/api/coding/paas/v4/chat/completions',
}

/** The header with the key, of those that have none of the kind `authorization: Bearer …`. */
const headers: Readonly<Record<string, readonly [name: string, value: string]>> = {
  anthropic: ['x-api-key', 'secret'],
  azure: ['api-key', 'secret'],
  azureAi: ['api-key', 'secret'],
  azureAnthropic: ['api-key', 'secret'],
  azureDeployments: ['api-key', 'secret'],
  freemodel: ['x-api-key', 'secret'],
  google: ['x-goog-api-key', 'secret'],
  kimiForCoding: ['x-api-key', 'secret'],
  portkey: ['x-portkey-api-key', 'secret'],
  watsonx: ['authorization', 'Bearer exchanged'],
}

const each = test.each([...rows].map(([name, row]) => ({ name, row })))
const chatting = [...rows].flatMap(([name, row]) =>
  row.operations.chat ? [{ name, row, chat: row.operations.chat }] : [],
)
const eachChatting = test.each(chatting)

test('at least 100 rows, of which 30 are verified', () => {
  const all = [...rows.values()]
  expect(all.length).toBeGreaterThanOrEqual(100)
  expect(all.filter(({ known }) => known === 'verified').length).toBeGreaterThanOrEqual(30)
  expect(Object.keys(addresses).sort()).toEqual(chatting.map(({ name }) => name).sort())
})

each('$name has an address, a key, a source and a name of its own', ({ name, row }) => {
  expect(name).toBe(row.id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()))
  expect([...rows.values()].filter(({ id }) => id === row.id)).toHaveLength(1)
  for (const address of [row.baseURL, ...allSpoken(row).flatMap(({ baseURL }) => baseURL ?? [])]) {
    const { protocol, hostname } = new URL(address.replace(/\{\w+\}/g, 'acme'))
    expect(protocol).toBe(hostname === 'localhost' ? 'http:' : 'https:')
    expect(row.auth.optional ?? false).toBe(hostname === 'localhost')
    expect(address).not.toMatch(/\/$|\/chat\/completions/)
    expect(placesOf(address).filter((place) => !Object.hasOwn(row.settings ?? {}, place))).toEqual([])
  }
  for (const variable of [...keys(row), ...settingNames(row)]) expect(variable).toMatch(/^[A-Z][A-Z0-9_]+$/)
  expect(keys(row).size).toBeGreaterThan(0)
  expect(row.source?.url).toMatch(/^https:\/\/[^/]+/)
  expect(row.source?.date).toMatch(/^20\d\d-\d\d-\d\d$/)
  expect(['verified', 'listed']).toContain(row.known)
  expect(row.dataTerms?.url ?? 'https://').toMatch(/^https:\/\//)
  expect(row.dataTerms?.date ?? '2026-11-22').toMatch(/^20\d\d-\d\d-\d\d$/)
  if (Object.keys(row.models).some((model) => model.includes('/')) && !row.id.startsWith('vertex')) {
    expect(row.slashes).toBe(true)
  }
})

eachChatting('$name answers a chat, whole and streamed, at its address with its key', async ({ name, row }) => {
  const { gateway, sent } = rowWorld(row)
  const model = `${row.id}/any-model`
  const whole = await gateway.chat({ model, messages: 'Hello' })
  expect(whole.text).toContain('Hello')
  const stream = await gateway.chat({ model, messages: 'Hello', stream: true })
  let text = ''
  for await (const piece of stream.textStream) text += piece
  expect(text).toContain('Hello')

  const [header, value] = headers[name] ?? ['authorization', 'Bearer secret']
  expect(sent.map(({ url }) => url)).toEqual([addresses[name], streamed(addresses[name]!)])
  for (const request of sent) {
    expect(request.headers[header]).toBe(value)
    expect(request.headers).toMatchObject(row.headers ?? {})
  }
})

eachChatting('$name departs from its format as its quirks say', async ({ row, chat }) => {
  const { gateway, sent } = rowWorld(row)
  const { dialect, quirks = {} } = chat
  if (dialect.id !== 'openai-chat') return expect(quirks).toEqual({})
  await gateway.chat({ ...everything, model: `${row.id}/any-model` })
  for await (const _ of await gateway.chat({ ...everything, model: `${row.id}/any-model`, stream: true }));
  for (const request of sent) for (const check of Object.values(checks)) check(request, quirks as OpenAIChatQuirks)
})

eachChatting('$name says which variable is missing: of a setting, of a key', async ({ row }) => {
  const { gateway } = rowWorld(row, () => undefined)
  const { excluded, candidates } = await gateway.explain({ model: `${row.id}/any-model`, messages: 'Hello' })
  const needed = Object.values(row.settings ?? {}).filter((setting) => setting.default === undefined)
  for (const { env } of needed) {
    expect(excluded).toMatchObject([{ reason: 'not_configured', detail: expect.stringContaining(env!.join(' or ')) }])
  }
  if (needed.length > 0) return
  if (row.auth.optional) return expect(candidates).toHaveLength(1)
  const [variable] = row.auth.env.flat()
  expect(excluded).toMatchObject([{ reason: 'no_credential', detail: expect.stringContaining(variable!) }])
})

describe('rows with settings', () => {
  test('Vertex has the host of its location', async () => {
    const hostOf = async (location: string): Promise<string> => {
      const { gateway, sent } = rowWorld({ ...rows.get('vertex')!, given: { project: 'p', location } } as AnyProvider)
      await gateway.chat({ model: 'vertex/gemini-3-flash', messages: 'Hello' })
      return sent[0]!.url.split('/publishers')[0]!
    }
    const project = (host: string, location: string) => `https://${host}/v1/projects/p/locations/${location}`
    expect(await hostOf('global')).toBe(project('aiplatform.googleapis.com', 'global'))
    expect(await hostOf('europe-west4')).toBe(project('europe-west4-aiplatform.googleapis.com', 'europe-west4'))
    expect(await hostOf('eu')).toBe(project('aiplatform.eu.rep.googleapis.com', 'eu'))
  })

  test('Claude on Vertex has its model in the path, and a version in the body', async () => {
    const { gateway, sent } = rowWorld(rows.get('vertexAnthropic')!)
    await gateway.chat({ model: 'vertex-anthropic/claude-sonnet-4-5@20250929', messages: 'Hello' })
    expect(sent[0]!.url).toMatch(/\/publishers\/anthropic\/models\/claude-sonnet-4-5@20250929:rawPredict$/)
    expect(sent[0]!.body).toMatchObject({ anthropic_version: 'vertex-2023-10-16' })
    expect(sent[0]!.body).not.toHaveProperty('model')
  })

  test("watsonx has names of its own for a model and its account's project", async () => {
    const { gateway, sent } = rowWorld(rows.get('watsonx')!)
    await gateway.chat({ model: 'watsonx/ibm/granite-4', messages: 'Hello' })
    expect(sent[0]!.body).toMatchObject({ model_id: 'ibm/granite-4', project_id: 'acme' })
    expect(sent[0]!.body).not.toHaveProperty('model')
  })

  test("Cloudflare's gateway is named in a header", async () => {
    const { gateway, sent } = rowWorld(rows.get('cloudflareAiGateway')!)
    await gateway.chat({ model: 'cloudflare-ai-gateway/openai/gpt-5-mini', messages: 'Hello' })
    expect(sent[0]!.headers['cf-aig-gateway-id']).toBe('acme')
  })

  test('a host may be given with its scheme, as Databricks has it in its variable', async () => {
    const { gateway, sent } = rowWorld(rows.get('databricks')!, (name) =>
      name === 'DATABRICKS_HOST' ? 'https://dbc-1.cloud.databricks.com/' : 'secret',
    )
    await gateway.chat({ model: 'databricks/system.ai.claude', messages: 'Hello' })
    expect(sent[0]!.url).toBe('https://dbc-1.cloud.databricks.com/ai-gateway/mlflow/v1/chat/completions')
  })
})

/** A request with all that a quirk may change. */
const everything = {
  messages: [
    { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
    { role: 'user', name: 'ann', content: [{ type: 'text', text: 'Hello', cache: {} }] },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Hm.' },
        { type: 'tool-call', id: 'callAbc12', name: 'look', arguments: '{}' },
      ],
    },
    {
      role: 'tool',
      content: [{ type: 'tool-result', id: 'callAbc12', content: [{ type: 'text', text: '1' }] }],
    },
  ],
  tools: [{ type: 'function', name: 'look', parameters: { type: 'object', properties: {} } }],
  reasoning: { effort: 'high' },
  maxOutputTokens: 100,
  topK: 5,
  seed: 1,
  frequencyPenalty: 0.5,
  presencePenalty: 0.5,
  logitBias: { 1: 1 },
  logprobs: true,
  topLogprobs: 2,
  serviceTier: 'default',
  user: 'ann',
  store: false,
} as const satisfies Omit<ChatRequest, 'model'>

type Message = Readonly<Record<string, unknown>>

/** What each quirk means for the request that leaves. */
const checks: Readonly<Record<keyof OpenAIChatQuirks, (sent: Sent, quirks: OpenAIChatQuirks) => void>> = {
  rename({ body }, { rename = {}, unsupported = [] }) {
    for (const [ours, theirs] of Object.entries(rename)) {
      expect(body).not.toHaveProperty(ours)
      if (!unsupported.includes(ours)) expect(body).toHaveProperty(theirs)
    }
  },
  unsupported({ body }, { unsupported = [] }) {
    for (const field of unsupported) {
      if (field !== 'messages.name') expect(body).not.toHaveProperty([field])
      else for (const message of messagesOf(body)) expect(message).not.toHaveProperty('name')
    }
  },
  developerRole({ body }, { developerRole = true }) {
    expect(messagesOf(body)[0]!['role']).toBe(developerRole ? 'developer' : 'system')
  },
  streamOptions({ body, url }, { streamOptions = true }) {
    if (!body['stream'] && !url.includes('_stream')) return
    if (streamOptions) expect(body).toHaveProperty('stream_options.include_usage', true)
    else expect(body).not.toHaveProperty('stream_options')
  },
  reasoningHistory({ body }, { reasoningHistory }) {
    const message = messagesOf(body).find(({ role }) => role === 'assistant')!
    const found = ['reasoning_content', 'reasoning', 'reasoning_details'].filter((field) => field in message)
    if (reasoningHistory === 'thinking') expect(message['content']).toMatchObject([{ type: 'thinking' }])
    // Details go back as they came; a thought that came without them has none.
    else if (reasoningHistory === 'reasoning_details') expect(found).toEqual(['reasoning'])
    else expect(found).toEqual(reasoningHistory ? [reasoningHistory] : [])
  },
  reasoningHistoryWithToolCalls() {},
  reasoningRequest({ body }, { reasoningRequest = 'reasoning_effort', patch }) {
    if (patch) return
    expect('reasoning' in body).toBe(reasoningRequest === 'reasoning')
    expect('thinking' in body).toBe(reasoningRequest === 'thinking')
    expect('reasoning_effort' in body).toBe(reasoningRequest !== 'reasoning')
  },
  cacheControl({ body }, { cacheControl = false }) {
    expect(JSON.stringify(body).includes('cache_control')).toBe(cacheControl)
  },
  topK({ body }, { topK = false }) {
    expect('top_k' in body).toBe(topK)
  },
  thinkTags() {},
  repairStream() {},
  patch({ body }, { patch }) {
    if (patch) expect(body).not.toHaveProperty('reasoning_effort', 'medium')
  },
}

function messagesOf(body: Readonly<Record<string, unknown>>): readonly Message[] {
  return body['messages'] as readonly Message[]
}

function placesOf(address: string): readonly string[] {
  return [...address.matchAll(/\{(\w+)\}/g)].map(([, place]) => place!)
}

/** The address of a stream, for formats that ask for one in their path. */
function streamed(address: string): string {
  return address
    .replace(/:generateContent$/, ':streamGenerateContent?alt=sse')
    .replace(/:rawPredict$/, ':streamRawPredict')
    .replace(/\/converse$/, '/converse-stream')
    .replace('/text/chat?', '/text/chat_stream?')
}
