import { GatewayError } from '../errors.ts'
import { findModel } from '../pricing/catalog.ts'
import type { Catalog, ModelFacts } from '../providers/provider.ts'
import { modelsDevIds } from './ids.ts'
import { factsFrom, type ModelsDevModel } from './models-dev.ts'

/**
 * Makes a catalogue of a file of your own, in the shape of https://models.dev/api.json: providers by their ids, each with
 * its `models` by their names. Dollars for a million tokens. 0 for input and output is a price only where a name says `free`.
 */
export function createCatalog(json: unknown): Catalog {
  const providers = new Map<string, ReadonlyMap<string, ModelFacts>>()
  for (const [id, provider] of fieldsOf(parsed(json), 'The catalogue')) {
    const models = fieldsOf(own(provider, 'models'), `"${id}"."models"`)
    providers.set(
      id,
      new Map(models.map(([name, model]) => [name, factsFrom(name, checked(model, `"${id}/${name}"`))])),
    )
  }
  if (providers.size === 0) throw wrong('The catalogue has no providers: give the JSON of https://models.dev/api.json.')

  return {
    lookup(provider, model) {
      const models = providers.get(provider) ?? providers.get(modelsDevIds[provider] ?? provider)
      return models && findModel(model, (name) => models.get(name))
    },
  }
}

function parsed(json: unknown): unknown {
  if (typeof json !== 'string') return json
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw wrong('The catalogue is no JSON.', cause)
  }
}

/** A model whose fields are what they should be, or an error that names the one that is not. */
function checked(model: unknown, name: string): ModelsDevModel {
  check(model, shape, name)
  return model as ModelsDevModel
}

type Shape = 'number' | 'boolean' | 'string' | 'strings' | { readonly [field: string]: Shape } | readonly [Shape]

const costs: { readonly [field: string]: Shape } = {
  ...{ input: 'number', output: 'number', cache_read: 'number', cache_write: 'number', reasoning: 'number' },
  ...{ input_audio: 'number', output_audio: 'number', cached_input: 'number', cache_input: 'number' },
  cached_write: 'number',
}
const shape: Shape = {
  limit: { context: 'number', input: 'number', output: 'number' },
  modalities: { input: 'strings', output: 'strings' },
  cost: { ...costs, context_over_200k: costs, tiers: [{ ...costs, tier: { size: 'number' } }] },
  ...{ tool_call: 'boolean', reasoning: 'boolean', structured_output: 'boolean', temperature: 'boolean' },
  ...{ release_date: 'string', knowledge: 'string', status: 'string' },
}

/** The only fields that must be there, where what they are part of is. */
const required: ReadonlySet<string> = new Set(['tier', 'size'])

function check(value: unknown, shape: Shape, path: string): void {
  if (typeof shape === 'string') {
    if (!simple[shape](value)) throw wrong(`${path} is no ${names[shape]}.`)
  } else if (Array.isArray(shape)) {
    if (!Array.isArray(value)) throw wrong(`${path} is no list.`)
    value.forEach((each, index) => {
      check(each, shape[0] as Shape, `${path}.${index}`)
    })
  } else {
    fieldsOf(value, path)
    for (const [field, inner] of Object.entries(shape)) {
      const found = own(value, field)
      if (found !== undefined || required.has(field)) check(found, inner, `${path}.${field}`)
    }
  }
}

const simple = {
  number: (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < 1e9,
  boolean: (value: unknown): boolean => typeof value === 'boolean',
  string: (value: unknown): boolean => typeof value === 'string',
  strings: (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string'),
}
const names = {
  number: 'number from 0 to a thousand million',
  boolean: 'boolean',
  string: 'text',
  strings: 'list of texts',
}

function fieldsOf(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${path} is no object.`)
  return Object.entries(value)
}

function own(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, field)
    ? (value as Record<string, unknown>)[field]
    : undefined
}

function wrong(message: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_configuration', message, { cause })
}
