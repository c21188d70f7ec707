import { isText, isTexts, type OptionRule, oneOf } from '../option-rules.ts'

/** The options that every rule takes. */
export const commonRules: Readonly<Record<string, OptionRule>> = {
  name: ['a name', isText],
  by: ["a field of the principal, 'provider', 'model' or 'deployment', or several", (v) => isText(v) || isTexts(v)],
  missing: oneOf('refuse', 'share'),
  models: ["a list of models, such as ['gpt-5-mini'] or ['openai/gpt-5-mini']", isTexts],
  providers: ["a list of providers, such as ['openai']", isTexts],
  minimumOutput: ['a whole number of tokens, 1 or more', (value) => Number.isInteger(value) && (value as number) > 0],
}
