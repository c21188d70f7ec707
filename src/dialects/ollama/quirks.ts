/** How a server that speaks Ollama's API departs from its defaults. */
export interface OllamaQuirks {
  /**
   * Fields of the body that requests do not set themselves, such as `{ keep_alive: '10m', options: { num_ctx: 32_768 } }`.
   * A server cuts what does not fit its window, which is a few thousand tokens unless it is told, without a word.
   */
  readonly defaults?: Readonly<Record<string, unknown>> | undefined
}
