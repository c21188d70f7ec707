import type { LengthTier, ModelFacts, Price, TokenPrice } from '../providers/provider.ts'

/** Writes facts as a short text, `c400000 o128000 +trj <i y2025-08-07 $i0.25o2r0.025`, of which thousands compress well. */
export function encodeFacts(facts: ModelFacts): string {
  const words: string[] = []
  for (const [letter, field] of Object.entries(numbers))
    if (facts[field] !== undefined) words.push(letter + facts[field])
  const flags = Object.entries(booleans).map(([letter, field]) => {
    if (facts[field] === undefined) return ''
    return facts[field] ? letter : letter.toUpperCase()
  })
  if (flags.join('')) words.push(`+${flags.join('')}`)
  if (facts.input) words.push(`<${facts.input.map((kind) => kind[0]).join('')}`)
  if (facts.output) words.push(`>${facts.output.map((kind) => kind[0]).join('')}`)
  if (facts.operation) words.push(`@${facts.operation}`)
  if (facts.released) words.push(`y${facts.released}`)
  if (facts.knowledge) words.push(`k${facts.knowledge}`)
  if (facts.deprecated) words.push(facts.deprecated === true ? 'x' : `x${facts.deprecated}`)
  if (facts.price) words.push(`$${encodePrice(facts.price)}`)
  return words.join(' ')
}

/** The inverse. */
export function decodeFacts(text: string): ModelFacts {
  const facts: { -readonly [Field in keyof ModelFacts]: ModelFacts[Field] } = {}
  const priceAt = text.indexOf('$')
  if (priceAt >= 0) facts.price = decodePrice(text.slice(priceAt + 1))
  for (const word of (priceAt < 0 ? text : text.slice(0, priceAt)).split(' ')) {
    const rest = word.slice(1)
    const letter = word.charAt(0)
    const number = numbers[letter]
    if (number) facts[number] = Number(rest)
    else if (letter === '+') {
      for (const flag of rest) {
        const field = booleans[flag.toLowerCase()]
        if (field) facts[field] = flag === flag.toLowerCase()
      }
    } else if (letter === '<') facts.input = kindsOf(rest, ['image', 'audio', 'video', 'file'])
    else if (letter === '>') facts.output = kindsOf(rest, ['image', 'audio', 'video'])
    else if (letter === '@') facts.operation = rest as NonNullable<ModelFacts['operation']>
    else if (letter === 'y') facts.released = rest
    else if (letter === 'k') facts.knowledge = rest
    else if (letter === 'x') facts.deprecated = rest || true
  }
  return facts
}

const numbers: Readonly<Record<string, 'context' | 'maxInput' | 'maxOutput' | 'dimensions'>> = {
  c: 'context',
  i: 'maxInput',
  o: 'maxOutput',
  d: 'dimensions',
}
const booleans: Readonly<Record<string, 'tools' | 'reasoning' | 'jsonSchema' | 'temperature'>> = {
  t: 'tools',
  r: 'reasoning',
  j: 'jsonSchema',
  p: 'temperature',
}
const priceFields: Readonly<Record<string, keyof TokenPrice>> = {
  ...{ i: 'input', o: 'output', r: 'cacheRead', w: 'cacheWrite', h: 'cacheWriteHour', n: 'reasoning' },
  ...{ a: 'audioInput', b: 'audioCacheRead', s: 'audioOutput', m: 'imageInput', g: 'imageOutput' },
}

/** `i3o15r0.3>200000i6o22.5r0.6`, or JSON where there is more to say than what tokens cost. */
function encodePrice({ tiers = [], ...price }: Price): string {
  if (Object.keys(price).some((field) => !Object.values<string>(priceFields).includes(field)))
    return JSON.stringify({ ...price, ...(tiers.length > 0 && { tiers }) })
  return tokenText(price) + tiers.map(({ above, ...tier }) => `>${above}${tokenText(tier)}`).join('')
}

function tokenText(price: TokenPrice): string {
  return Object.entries(priceFields)
    .filter(([, field]) => price[field] !== undefined)
    .map(([letter, field]) => letter + (price[field] as number).toFixed(9).replace(/\.?0+$/, ''))
    .join('')
}

function decodePrice(text: string): Price {
  if (text.startsWith('{')) return JSON.parse(text) as Price
  const [base = '', ...tiers] = text.split('>')
  return {
    ...tokenPrice(base),
    ...(tiers.length > 0 && {
      tiers: tiers.map((tier): LengthTier => ({ above: Number.parseInt(tier, 10), ...tokenPrice(tier) })),
    }),
  }
}

function tokenPrice(text: string): TokenPrice {
  const price: { -readonly [Field in keyof TokenPrice]: TokenPrice[Field] } = {}
  for (const [, letter = '', value] of text.matchAll(/([a-z])([\d.]+)/g)) {
    const field = priceFields[letter]
    if (field) price[field] = Number(value)
  }
  return price
}

function kindsOf<Kind extends string>(letters: string, kinds: readonly Kind[]): readonly Kind[] {
  return kinds.filter((kind) => letters.includes(kind.charAt(0)))
}
