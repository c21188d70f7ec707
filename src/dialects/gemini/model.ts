/** The generation that a model's name tells, as in `gemini-2.5-flash`; NaN for an alias or a tuned model. */
export function generationOf(model: string): number {
  return Number(/gemini-(\d+(?:\.\d+)?)/.exec(model)?.[1] ?? Number.NaN)
}
