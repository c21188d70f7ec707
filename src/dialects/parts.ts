/** A request with a list of inputs. */
interface Listing<Input> {
  readonly input: readonly Input[]
}

/** Where the inputs of a part begin in the whole request. */
const firsts = /* @__PURE__ */ new WeakMap<object, number>()

/** Makes requests of the groups into which a request's inputs were put, in their order. */
export function partsOf<Input, Request extends Listing<Input>>(
  request: Request,
  groups: readonly (readonly Input[])[],
): readonly Request[] {
  if (groups.length < 2) return [request]
  let first = 0
  return groups.map((input) => {
    const part = { ...request, input }
    firsts.set(part, first)
    first += input.length
    return part
  })
}

/** Names the inputs of a part: `inputs 96 to 191`. */
export function nameOfPart(part: Listing<unknown>): string {
  const first = firsts.get(part) ?? 0
  const last = first + part.input.length - 1
  return first === last ? `input ${first}` : `inputs ${first} to ${last}`
}
