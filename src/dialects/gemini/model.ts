import { unescaped } from '../unescaped.ts'

/** The generation that a model's name tells, as in `gemini-2.5-flash`; NaN for an alias or a tuned model. */
export function generationOf(model: string): number {
  return Number(/gemini-(\d+(?:\.\d+)?)/.exec(model)?.[1] ?? Number.NaN)
}

/** How a path names a model. */
export function modelPath(model: string): string {
  const name = model.split('/').map(encodeURIComponent).join('/')
  return model.includes('/') ? name : `models/${name}`
}

/** The model that a path names in front of a method; undefined when it is no path to such a method. */
export function modelIn(path: string, method: string): string | undefined {
  const [, tuned = '', name] = new RegExp(`/(?:(tunedModels/)|models/)(.+):${method}$`).exec(path) ?? []
  return name === undefined ? undefined : tuned + unescaped(name)
}
