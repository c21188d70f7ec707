/** How a provider departs from the dialect. None is known to: a misspelt or invented flag does not compile. */
export type CohereChatQuirks = Readonly<Record<string, never>>
