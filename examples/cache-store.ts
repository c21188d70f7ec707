/** A cache store of one's own, in three methods: here a folder of files, which outlives the process. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CacheStore, cache, createGateway } from 'zerohop'
import { anthropic, google, groq, openai } from 'zerohop/providers'
import { headline, runtime } from './support/runtime.ts'

console.log(headline)

/** Keys are digests in hexadecimal, values JSON. The cache looks at the age by itself: a store may leave `ttl` unheeded. */
function folderStore(folder: string): CacheStore {
  return {
    get: (key) => readFile(join(folder, key), 'utf8').catch(() => undefined),
    set: (key, value) => writeFile(join(folder, key), value),
    delete: (key) => rm(join(folder, key), { force: true }),
  }
}

const folder = await mkdtemp(join(tmpdir(), 'zerohop-cache-'))

// Each turn makes a gateway of its own, as a restart would.
for (const turn of ['before the restart', 'after the restart']) {
  const gateway = createGateway({
    providers: [openai, anthropic, google, groq],
    models: {
      fast: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5', 'google/gemini-2.5-flash', 'groq/llama-3.1-8b-instant'],
    },
    cache: cache({ store: folderStore(folder), ttl: '1d' }),
    runtime,
  })
  const { trace, cost } = await gateway.chat({ model: 'fast', messages: 'In one sentence: what is a cache?' })
  console.log(`${turn}: ${trace.cache} in ${trace.duration} ms for $${cost?.toFixed(6)}`)
  // Writes happen behind the reader's back: wait for them before the process ends.
  await gateway.flush()
}

await rm(folder, { recursive: true })
