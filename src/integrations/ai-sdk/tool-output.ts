import type { ExtensionPart, MediaPart, TextPart, ToolResultPart } from '../../operations/chat/index.ts'
import { decodeFileData, encodeFileData, kindOf } from './file-data.ts'
import { encodeOptions, id, OptionsReader } from './provider-options.ts'
import type { OutputPart, ToolOutput } from './specification.ts'

type Piece = Exclude<ToolResultPart['content'], string>[number]

/** Reads what a tool gave. */
export function decodeToolOutput(output: ToolOutput): Pick<ToolResultPart, 'content' | 'isError'> {
  switch (output.type) {
    case 'text':
      return { content: output.value }
    case 'json':
      return { content: JSON.stringify(output.value ?? null) }
    case 'error-text':
      return { content: output.value, isError: true }
    case 'error-json':
      return { content: JSON.stringify(output.value ?? null), isError: true }
    case 'execution-denied':
      return { content: output.reason ?? 'The call of this tool was denied.', isError: true }
    case 'content':
      return { content: output.value.map(decodePiece) }
    default:
      // A kind of output that came after version 4.
      return { content: JSON.stringify((output as { value?: unknown }).value ?? null) }
  }
}

/** Writes what a tool gave, as version 4 says it. Only texts can be errors. */
export function encodeToolOutput({ content, isError }: ToolResultPart, provider: string): ToolOutput {
  if (typeof content === 'string') return { type: isError ? 'error-text' : 'text', value: content }
  if (isError && content.every((piece) => piece.type === 'text')) {
    return { type: 'error-text', value: content.map((piece) => (piece as TextPart).text).join('\n') }
  }
  return { type: 'content', value: content.flatMap((piece) => encodePiece(piece, provider)) }
}

function decodePiece(piece: OutputPart): Piece {
  const options = new OptionsReader(piece.providerOptions)
  switch (piece.type) {
    case 'text':
      return { type: 'text', text: piece.text, ...options.extensions }
    case 'file':
    case 'media':
    case 'file-data':
    case 'image-data': {
      const { data, mediaType, filename } = piece
      const source = decodeFileData(data, mediaType)
      return {
        type: kindOf(source.mediaType ?? mediaType),
        source,
        ...(filename !== undefined && { name: filename }),
        ...options.extensions,
      }
    }
    case 'file-url':
    case 'image-url': {
      const mediaType = piece.mediaType ?? (piece.type === 'image-url' ? 'image/*' : '')
      return { type: kindOf(mediaType), source: decodeFileData(new URL(piece.url), mediaType), ...options.extensions }
    }
    case 'file-id':
    case 'image-file-id': {
      const fileId = typeof piece.fileId === 'string' ? piece.fileId : (Object.values(piece.fileId)[0] ?? '')
      const type = piece.type === 'image-file-id' ? 'image' : 'file'
      return { type, source: { type: 'file-id', id: fileId }, ...options.extensions }
    }
    default:
      return { type: 'extension', dialect: id, value: piece }
  }
}

function encodePiece(piece: TextPart | MediaPart | ExtensionPart, provider: string): OutputPart | [] {
  if (piece.type === 'extension') return piece.dialect === id ? (piece.value as OutputPart) : []
  if (piece.type === 'text') return { type: 'text', text: piece.text, ...encodeOptions(piece) }
  const { data, mediaType } = encodeFileData(piece.source, provider)
  return {
    type: 'file',
    data,
    mediaType: mediaType === 'application/octet-stream' && piece.type !== 'file' ? `${piece.type}/*` : mediaType,
    ...(piece.name !== undefined && { filename: piece.name }),
    ...encodeOptions(piece),
  }
}
