import * as ai from 'ai'
import { expect, test } from 'vitest'
import { createZerohop } from 'zerohop/ai-sdk'
import { createPair, createWorld } from '../../world.ts'
test('x', async () => {
  const world = createWorld()
  const zerohop = createZerohop(createPair(world), { specificationVersion: 'v3' })
  const r = await ai.generateText({ model: zerohop('pair'), prompt: 'Hi' })
  console.log(r.text, r.usage, r.providerMetadata, r.warnings, r.response)
  const s = ai.streamText({ model: zerohop('pair'), prompt: 'Hi there' })
  for await (const p of s.fullStream) console.log(p)
})
