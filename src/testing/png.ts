/** Draws a picture of one pixel, whose colour follows from a text: a PNG file in base64. */
export function png(text: string): string {
  const colour = hashOf(text)
  const header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]
  const row = [0, colour >>> 24, (colour >>> 16) & 255, (colour >>> 8) & 255]
  // One block that is not compressed, in the frame of zlib.
  const data = [0x78, 1, 1, row.length, 0, ~row.length & 255, 255, ...row, ...word(adler(row))]
  const bytes = [
    137,
    80,
    78,
    71,
    13,
    10,
    26,
    10,
    ...chunk('IHDR', header),
    ...chunk('IDAT', data),
    ...chunk('IEND', []),
  ]
  return btoa(String.fromCharCode(...bytes))
}

/** FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

function chunk(name: string, data: readonly number[]): readonly number[] {
  const content = [...[...name].map((letter) => letter.charCodeAt(0)), ...data]
  return [...word(data.length), ...content, ...word(crc(content))]
}

function word(value: number): readonly number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
}

function adler(bytes: readonly number[]): number {
  let low = 1
  let high = 0
  for (const byte of bytes) {
    low = (low + byte) % 65_521
    high = (high + low) % 65_521
  }
  return ((high << 16) | low) >>> 0
}

function crc(bytes: readonly number[]): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  }
  return ~sum >>> 0
}
