/** What the examples talk to: the providers whose keys are in the environment, or the simulator when there are none. */
import { isGatewayError, type Runtime } from 'zerohop'
import { createSimulator, overloaded, stream, testRuntime } from 'zerohop/testing'

const names = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'GEMINI_API_KEY', 'GROQ_API_KEY']
const set = names.filter((name) => process.env[name])

export const simulated: boolean = set.length === 0

/** The first line of every example. */
export const headline: string = simulated
  ? `No API key is set (${names.join(', ')}): this talks to the simulator of zerohop/testing, and nothing leaves this machine.`
  : `This talks to real providers, who charge for it, with the keys in ${set.join(', ')}.`

const answer =
  'An LLM gateway is the one place that every model call passes, so that retries, failover, caching, budgets and cost are decided there, and not in every corner of an application.'

/** For `createGateway({ runtime })`: nothing special with keys; simulated providers and made-up keys without. */
export const runtime: Partial<Runtime> = simulated ? simulation() : {}

// A key that is refused, or no network: one line says it better than a stack.
process.on('uncaughtException', (error: unknown) => {
  console.error(isGatewayError(error) ? `${error.status} ${error.code}: ${error.message}` : error)
  process.exit(1)
})

function simulation(): Partial<Runtime> {
  const simulator = createSimulator()
  simulator.on().reply(stream(answer.split(/(?<= )/), { after: '250ms', gap: '25ms' }))
  simulator.on({ host: /^127\.0\.0\.1/ }).reply(overloaded())
  // Groq has no key here, so that something is left out.
  const env = { GROQ_API_KEY: undefined, ZEROHOP_DEBUG: process.env['ZEROHOP_DEBUG'] }
  return { ...testRuntime({ simulator, env }), random: Math.random, print: console.error }
}
