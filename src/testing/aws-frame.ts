/**
 * Writes one message of AWS's binary event stream: the lengths of all and of the headers and a checksum of these eight
 * bytes, the headers, the payload, and a checksum of everything before it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
 */
export function writeAwsFrame(
  headers: readonly (readonly [name: string, value: string])[],
  payload: string,
): Uint8Array {
  const head = headers.flatMap(([name, value]) => {
    const bytes = encoder.encode(value)
    // Type 7 is a string, whose length takes two bytes.
    return [name.length, ...encoder.encode(name), 7, bytes.length >> 8, bytes.length & 0xff, ...bytes]
  })
  const body = encoder.encode(payload)
  const frame = new Uint8Array(prelude + head.length + body.length + checksum)
  const view = new DataView(frame.buffer)
  view.setUint32(0, frame.length)
  view.setUint32(4, head.length)
  view.setUint32(8, crc32(frame.subarray(0, 8)))
  frame.set(head, prelude)
  frame.set(body, prelude + head.length)
  view.setUint32(frame.length - checksum, crc32(frame.subarray(0, frame.length - checksum)))
  return frame
}

const prelude = 12
const checksum = 4
const encoder = /* @__PURE__ */ new TextEncoder()

/** The checksum of Ethernet, ZIP and PNG, bit by bit. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
