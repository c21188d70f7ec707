import { GatewayError } from '../../errors.ts'
import type { Wire, WireFunctionCall } from './wire.ts'

/** Puts the arguments of a call together that come in pieces, each with the path of the value that it continues. */
export function partialArguments(): { add(call: WireFunctionCall): void; text(): string } {
  // Without a prototype: a path is free to say `__proto__`.
  const root: Container = Object.create(null)
  return {
    add({ args, partialArgs }) {
      Object.assign(root, args)
      for (const { jsonPath = '$', stringValue, numberValue, boolValue } of partialArgs ?? []) {
        place(root, steps(jsonPath), stringValue ?? numberValue ?? boolValue ?? null)
      }
    },
    text: () => JSON.stringify(root),
  }
}

type Container = Wire | unknown[]

/** The names and indices of a path such as `$.recipe['the steps'][0]`. */
function steps(path: string): readonly (string | number)[] {
  return Array.from(path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[(['"])(.*?)\3\]/g), ([, name, index, , quoted]) =>
    index === undefined ? (name ?? quoted ?? '') : Number(index),
  )
}

function place(root: Container, path: readonly (string | number)[], value: unknown): void {
  let node = root as Wire
  for (const [depth, step] of path.entries()) {
    // Lists grow by one: a larger index would fill memory with holes.
    if (Array.isArray(node) ? typeof step !== 'number' || step > node.length : typeof step === 'number')
      throw misplaced()
    const next = path[depth + 1]
    if (next === undefined) {
      // A string comes in several pieces.
      node[step] = typeof node[step] === 'string' && typeof value === 'string' ? node[step] + value : value
      return
    }
    node = (node[step] ??= typeof next === 'number' ? [] : Object.create(null)) as Wire
    if (typeof node !== 'object') throw misplaced()
  }
}

function misplaced(): GatewayError {
  return new GatewayError('invalid_response', 'A piece of the arguments of a tool call has a path that leads nowhere.')
}
