/** How a provider departs from OpenAI's Responses API. */
export interface OpenAIResponsesQuirks {
  /** Fields of the request that it refuses: left out with a warning. */
  readonly unsupported?: readonly string[] | undefined
  /** It knows no `developer` role: such messages go out as `system`. @default true */
  readonly developerRole?: boolean | undefined
  /**
   * It gives its thoughts in encrypted form when it is asked to, so that they can be sent back to it. Asked for where
   * the request says how to think, and the application speaks another format. @default true
   */
  readonly encryptedReasoning?: boolean | undefined
  /** Its streams break the format in ways that trip applications: they are decoded and written anew, never passed through. @default false */
  readonly repairStream?: boolean | undefined
  /** What no other quirk says: the body as it goes out, from the body as OpenAI would take it. Pure. */
  readonly patch?: ((body: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>) | undefined
}
