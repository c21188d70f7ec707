/**
 * The most seconds that a recording can be: by the samples of a WAV file, by the frames of an MP3 file, and for all else
 * by the lowest rate of any codec in use for speech.
 */
export function longestSeconds(data: Uint8Array | Blob): number {
  if (!(data instanceof Uint8Array)) return data.size / lowestRate
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return waveSeconds(view) ?? mp3Seconds(view) ?? data.length / lowestRate
}

/** Bytes of a second, of 6 kbit: Opus and AMR go as low. */
const lowestRate = 750

/** Of plain samples only, for the rate that the header tells of others is an average. */
function waveSeconds(view: DataView): number | undefined {
  if (view.byteLength < 36 || view.getUint32(0) !== 0x52494646 || view.getUint32(8) !== 0x57415645) return undefined
  // Some files have other chunks first: `fmt ` in the place where it mostly is, or nothing.
  if (view.getUint32(12) !== 0x666d7420 || view.getUint16(20, true) !== 1) return undefined
  const rate = view.getUint32(24, true) * view.getUint16(32, true)
  return rate > 0 ? view.byteLength / rate : undefined
}

/** Adds up the frames. What is no frame counts as long as it could be. */
function mp3Seconds(view: DataView): number | undefined {
  const end = view.byteLength
  let at = 0
  // ID3: four times seven bits tell how long it is.
  if (end > 10 && view.getUint32(0) >>> 8 === 0x494433) {
    const byte = (index: number): number => view.getUint8(index) & 0x7f
    at = 10 + ((byte(6) << 21) | (byte(7) << 14) | (byte(8) << 7) | byte(9))
  }
  let seconds = 0
  while (at + 4 <= end) {
    const frame = mp3Frame(view.getUint32(at))
    if (!frame) break
    seconds += frame.seconds
    at += frame.length
  }
  return seconds > 0 ? seconds + Math.max(0, end - at) / lowestRate : undefined
}

const sampleRates = [44_100, 48_000, 32_000] as const
const bitrates = {
  1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const

/** Reads the header of a frame of MPEG 1, 2 or 2.5, layer III: eleven bits that are set, and what follows. */
function mp3Frame(header: number): { readonly seconds: number; readonly length: number } | undefined {
  if (header >>> 21 !== 0x7ff || ((header >>> 17) & 3) !== 1) return undefined
  const version = (header >>> 19) & 3
  const isFirst = version === 3
  const kilobits = bitrates[isFirst ? 1 : 2][(header >>> 12) & 15]
  const base = sampleRates[((header >>> 10) & 3) as 0]
  if (version === 1 || !kilobits || base === undefined) return undefined
  const rate = base / (isFirst ? 1 : version === 2 ? 2 : 4)
  const samples = isFirst ? 1152 : 576
  return { seconds: samples / rate, length: Math.floor((samples * 125 * kilobits) / rate) + ((header >>> 9) & 1) }
}
