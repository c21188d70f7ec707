import type { Fold, Usage } from '../operation.ts'
import type { ChatEvent } from './event.ts'
import type { Citation, TextPart } from './request.ts'
import type { AnswerPart, ChatResponse, Choice, TokenLogprob } from './response.ts'

type Draft<T> = { -readonly [Key in keyof T]: T[Key] }
type PartDraft = Draft<Extract<AnswerPart, { type: 'text' | 'reasoning' | 'refusal' | 'tool-call' }>>
/** A part so far. What it says is put together once: a text that grows by each word takes four times the memory meanwhile. */
interface Open {
  readonly part: AnswerPart
  readonly said: string[]
}
interface ChoiceDraft extends Draft<Omit<Choice, 'content' | 'logprobs'>> {
  content: (Open | undefined)[]
  logprobs?: TokenLogprob[]
}

/** Collects the events of a stream into the response that they describe. */
export function fold(): Fold<ChatResponse, ChatEvent> {
  const response: Draft<ChatResponse> = { id: '', model: '', choices: [], usage: {} }
  const choices: ChoiceDraft[] = []
  let usage: Usage = response.usage

  function choiceAt(index: number): ChoiceDraft {
    return (choices[index] ??= { index, content: [] })
  }

  function append(choice: number, index: number, type: 'text' | 'reasoning' | 'refusal', text: string): void {
    const { content } = choiceAt(choice)
    const open = (content[index] ??= { part: { type, text: '' }, said: [] })
    say(open, text)
  }

  return {
    add(event) {
      switch (event.type) {
        case 'text-delta':
          return append(event.choice, event.part, 'text', event.text)
        case 'reasoning-delta':
          return append(event.choice, event.part, 'reasoning', event.text)
        case 'refusal-delta':
          return append(event.choice, event.part, 'refusal', event.text)
        case 'tool-call-start':
          choiceAt(event.choice).content[event.part] = {
            part: { type: 'tool-call', id: event.id, name: event.name, arguments: '' },
            said: [],
          }
          return
        case 'tool-call-delta':
          return say(choiceAt(event.choice).content[event.part]!, event.arguments)
        case 'part':
          choiceAt(event.choice).content[event.part] = { part: event.content, said: [] }
          return
        case 'citation': {
          const open = (choiceAt(event.choice).content[event.part] ??= { part: { type: 'text', text: '' }, said: [] })
          const part = open.part as { citations?: Citation[] }
          ;(part.citations ??= []).push(event.citation)
          return
        }
        case 'part-end': {
          const part = choiceAt(event.choice).content[event.part]?.part as PartDraft | undefined
          if (!part) return
          if (event.signature && part.type !== 'refusal') part.signature = event.signature
          if (event.extensions) part.extensions = event.extensions
          return
        }
        case 'logprobs': {
          const logprobs = (choiceAt(event.choice).logprobs ??= [])
          // One by one: a long answer has more of them than a function takes arguments.
          for (const logprob of event.logprobs) logprobs.push(logprob)
          return
        }
        case 'finish': {
          const choice = choiceAt(event.choice)
          choice.finishReason = event.finishReason
          if (event.rawFinishReason !== undefined) choice.rawFinishReason = event.rawFinishReason
          if (event.stopSequence !== undefined) choice.stopSequence = event.stopSequence
          if (event.extensions) choice.extensions = event.extensions
          return
        }
        case 'usage':
          usage = event.usage
          return
        case 'message-start':
          response.id = event.id
          response.model = event.model
          if (event.created !== undefined) response.created = event.created
          if (event.extensions) response.extensions = event.extensions
          return
        case 'message-end':
          if (event.serviceTier !== undefined) response.serviceTier = event.serviceTier
          if (event.extensions) response.extensions = { ...response.extensions, ...event.extensions }
      }
    },
    // A snapshot: what a caller gets it may change, and events may still come.
    result() {
      const snapshot: Draft<ChatResponse> = { ...response, usage }
      const all: Choice[] = []
      for (const choice of choices) {
        if (!choice) continue
        const content: AnswerPart[] = []
        for (const open of choice.content) if (open) content.push(partOf(open))
        all.push({ ...choice, content })
      }
      snapshot.choices = all
      return snapshot
    },
  }
}

/** Providers send anything where a text is to be: what is none was not said. */
function say({ said }: Open, text: unknown): void {
  if (typeof text === 'string') said.push(text)
}

/** A part with what was said of it. */
function partOf({ part, said }: Open): AnswerPart {
  if (said.length === 0) return { ...part }
  const text = said.join('')
  said.splice(0, said.length, text)
  const { arguments: begun, text: told = '' } = part as { readonly arguments?: string; readonly text?: string }
  return { ...part, ...(begun === undefined ? { text: told + text } : { arguments: begun + text }) } as AnswerPart
}

/** The events that would have produced a response. Events say the response's extensions at its start. */
export function unfold(response: ChatResponse): readonly ChatEvent[] {
  const { id, model, created, extensions, choices, usage, serviceTier } = response
  const events: ChatEvent[] = [
    { type: 'message-start', id, model, ...(created !== undefined && { created }), ...(extensions && { extensions }) },
  ]
  for (const choice of choices) {
    for (const [part, content] of choice.content.entries()) unfoldPart(events, { choice: choice.index, part }, content)
    const { index, content: _, finishReason, logprobs, ...rest } = choice
    if (logprobs) events.push({ type: 'logprobs', choice: index, logprobs })
    if (finishReason) events.push({ type: 'finish', choice: index, finishReason, ...rest })
  }
  if (Object.keys(usage).length > 0) events.push({ type: 'usage', usage })
  events.push({ type: 'message-end', ...(serviceTier !== undefined && { serviceTier }) })
  return events
}

function unfoldPart(events: ChatEvent[], at: { choice: number; part: number }, content: AnswerPart): void {
  switch (content.type) {
    case 'text':
      events.push({ type: 'text-delta', ...at, text: content.text })
      for (const citation of content.citations ?? []) events.push({ type: 'citation', ...at, citation })
      break
    case 'reasoning':
      events.push({ type: 'reasoning-delta', ...at, text: content.text })
      break
    case 'refusal':
      events.push({ type: 'refusal-delta', ...at, text: content.text })
      break
    case 'tool-call':
      events.push({ type: 'tool-call-start', ...at, id: content.id, name: content.name })
      events.push({ type: 'tool-call-delta', ...at, arguments: content.arguments })
      break
    default:
      events.push({ type: 'part', ...at, content })
      return
  }
  const { signature, extensions } = content as TextPart
  events.push({ type: 'part-end', ...at, ...(signature && { signature }), ...(extensions && { extensions }) })
}
