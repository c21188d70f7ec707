import { openaiChat } from '../dialects/openai-chat/index.ts'
import { bearer } from './auth.ts'
import { chatCompletions, modelsDev, type OpenAICompatible } from './chat-completions.ts'
import type { AuthScheme, Setting } from './provider.ts'
import { accessToken } from './token-exchange.ts'

// Platforms whose address has an account of yours in it.

const account: Setting = { env: ['CLOUDFLARE_ACCOUNT_ID'] }

/** Cloudflare Workers AI. */
export const cloudflareWorkersAi: OpenAICompatible<'cloudflare-workers-ai', never, 'account'> = {
  id: 'cloudflare-workers-ai',
  baseURL: 'https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1',
  settings: { account },
  auth: { scheme: bearer, env: ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // The examples of its documentation.
        rename: { max_completion_tokens: 'max_tokens' },
      },
    },
  },
  models: {},
  slashes: true,
  known: 'verified',
  source: {
    url: 'https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/',
    date: '2026-11-22',
  },
}

/** Cloudflare AI Gateway: models of all makers as `author/model`, billed by Cloudflare. */
export const cloudflareAiGateway: OpenAICompatible<'cloudflare-ai-gateway', never, 'account' | 'gateway'> = {
  id: 'cloudflare-ai-gateway',
  baseURL: 'https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1',
  settings: { account, gateway: { env: ['CLOUDFLARE_GATEWAY_ID'], default: 'default' } },
  auth: { scheme: bearer, env: ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      // Documentation, "REST API": a header names the gateway.
      patch: (wire, { settings }) => ({
        ...wire,
        headers: { ...wire.headers, 'cf-aig-gateway-id': settings?.['gateway'] ?? '' },
      }),
    },
  },
  models: {},
  slashes: true,
  known: 'verified',
  source: { url: 'https://developers.cloudflare.com/ai-gateway/usage/rest-api/', date: '2026-11-22' },
}

/** Databricks, by its AI gateway. */
export const databricks: OpenAICompatible<'databricks', never, 'host'> = {
  id: 'databricks',
  baseURL: 'https://{host}/ai-gateway/mlflow/v1',
  settings: { host: { env: ['DATABRICKS_HOST'] } },
  auth: { scheme: bearer, env: ['DATABRICKS_TOKEN'] },
  operations: {
    chat: {
      dialect: openaiChat,
      // As other clients have it: `max_tokens`, and a 400 for unknown fields.
      quirks: { rename: { max_completion_tokens: 'max_tokens' } },
    },
  },
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Neon AI gateway, at the address that its console gives. */
export const neon: OpenAICompatible<'neon', never, 'host'> = {
  id: 'neon',
  baseURL: 'https://{host}/ai-gateway/mlflow/v1',
  settings: { host: { env: ['NEON_AI_GATEWAY_BASE_URL'] } },
  auth: { scheme: bearer, env: ['NEON_AI_GATEWAY_TOKEN'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Snowflake Cortex. */
export const snowflake: OpenAICompatible<'snowflake', never, 'account'> = {
  id: 'snowflake',
  baseURL: 'https://{account}.snowflakecomputing.com/api/v2/cortex/v1',
  settings: { account: { env: ['SNOWFLAKE_ACCOUNT', 'SNOWFLAKE_ACCOUNT_ID'] } },
  auth: { scheme: bearer, env: ['SNOWFLAKE_CORTEX_PAT', 'SNOWFLAKE_PAT', 'SNOWFLAKE_JWT'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Seen in recorded requests: the `reasoning` object, and `reasoning_details` sent back as they came.
        reasoningRequest: 'reasoning',
        reasoningHistory: 'reasoning_details',
      },
    },
  },
  models: {},
  known: 'verified',
  source: { url: 'https://docs.snowflake.com/en/user-guide/snowflake-cortex/open_ai_sdk', date: '2026-11-22' },
}

/** IBM watsonx.ai, by a key of IBM Cloud. */
export const watsonx: OpenAICompatible<'watsonx', never, 'region' | 'project'> = {
  id: 'watsonx',
  baseURL: 'https://{region}.ml.cloud.ibm.com/ml/v1',
  settings: {
    region: { env: ['WATSONX_REGION'], default: 'us-south' },
    project: { env: ['WATSONX_PROJECT_ID'] },
  },
  auth: { scheme: ibmAuth, env: ['WATSONX_API_KEY', 'WATSONX_APIKEY', 'WATSONX_AI_APIKEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: { rename: { max_completion_tokens: 'max_tokens' }, streamOptions: false },
      // Documentation, API reference: a path of its own for streams, and names of its own.
      patch: ({ body: { model: model_id, stream, ...body }, ...wire }, { settings }) => ({
        ...wire,
        path: `/text/chat${stream ? '_stream' : ''}?version=2025-02-06`,
        body: { model_id, project_id: settings?.['project'], ...body },
      }),
    },
  },
  models: {},
  slashes: true,
  known: 'listed',
  source: { url: 'https://www.ibm.com/docs/en/watsonx/saas?topic=resources-rest-api', date: '2026-11-22' },
}

/** Exchanges a key of IBM Cloud for an access token. */
async function ibmAuth(...[{ headers }, credential, context]: Parameters<AuthScheme>): Promise<void> {
  const request = {
    url: 'https://iam.cloud.ibm.com/identity/token',
    form: { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: credential },
  }
  headers['authorization'] = `Bearer ${await accessToken(credential, () => request, context)}`
}
