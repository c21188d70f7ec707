/** How providers of embeddings differ. */
export interface EmbeddingsQuirks {
  /** The most inputs in one request. */
  readonly batch?: number | undefined
  /** The name of the field for the number of dimensions; `false` where it cannot be chosen. @default 'dimensions' */
  readonly dimensions?: string | false | undefined
}
