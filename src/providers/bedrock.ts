import { type BedrockConverseQuirks, bedrockConverse } from '../dialects/bedrock-converse/index.ts'
import { bearer } from './auth.ts'
import { chatCompletions, type OpenAICompatible } from './chat-completions.ts'
import { type BedrockModel, bedrockModels } from './models/bedrock.ts'
import { claudePrefill } from './prefill.ts'
import type { Provider, Setting } from './provider.ts'
import { awsAuth } from './sigv4.ts'

const region: Setting = { env: ['AWS_REGION', 'AWS_DEFAULT_REGION'] }

/** Amazon Bedrock, by Converse. Models, inference profiles and their ARNs are all names of models. */
export const bedrock: Provider<'bedrock', BedrockModel, BedrockConverseQuirks, 'region'> = {
  id: 'bedrock',
  baseURL: 'https://bedrock-runtime.{region}.amazonaws.com',
  settings: { region },
  auth: {
    scheme: /* @__PURE__ */ awsAuth('bedrock'),
    env: ['AWS_BEARER_TOKEN_BEDROCK', ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN?']],
  },
  operations: { chat: { dialect: bedrockConverse, prefill: claudePrefill } },
  models: bedrockModels,
  known: 'verified',
  source: {
    url: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html',
    date: '2026-11-22',
  },
}

/** Amazon Bedrock, by its OpenAI endpoint and an API key of Bedrock's. */
export const bedrockMantle: OpenAICompatible<'bedrock-mantle', never, 'region'> = {
  id: 'bedrock-mantle',
  baseURL: 'https://bedrock-mantle.{region}.api.aws/v1',
  settings: { region },
  auth: { scheme: bearer, env: ['AWS_BEARER_TOKEN_BEDROCK', 'BEDROCK_MANTLE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'verified',
  source: {
    url: 'https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html',
    date: '2026-11-22',
  },
}
