import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { AISDKError } from '@ai-sdk/provider'
import * as sdk from 'ai'
import { describeOperations } from '../operations.ts'
import { describeProvider } from '../provider.ts'
import { describeRow } from '../row.ts'
import type { Major } from '../sdk.ts'
import { describeFetch } from '../through-fetch.ts'

globalThis.AI_SDK_LOG_WARNINGS = false

const major: Major = {
  major: 7,
  specification: 'v4',
  takes: ['v2', 'v3', 'v4'],
  sdk,
  AISDKError,
  createOpenAI,
  createAnthropic,
  createGoogle: createGoogleGenerativeAI,
}

describeProvider(major)
describeFetch(major)
describeOperations(major)
describeRow(major)
