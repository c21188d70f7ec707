import type { Deployment } from '../call.ts'

/** Lists of deployments without a few of them. What was asked for last is remembered: while one is down, each call asks for the same. */
export interface Without {
  /** Those of a list that have an id. */
  withId(all: readonly Deployment[], id: string): readonly Deployment[]
  /** The list without these. It is never changed. */
  without(all: readonly Deployment[], few: readonly Deployment[]): readonly Deployment[]
}

interface Remembered {
  readonly byId: ReadonlyMap<string, readonly Deployment[]>
  few: readonly Deployment[]
  rest: readonly Deployment[]
}

/** For lists that stay the same for many calls, as those of groups do. */
export function createWithout(): Without {
  const lists = new WeakMap<readonly Deployment[], Remembered>()

  function remembered(all: readonly Deployment[]): Remembered {
    let known = lists.get(all)
    if (!known) lists.set(all, (known = { byId: groupById(all), few: [], rest: all }))
    return known
  }

  return {
    withId: (all, id) => remembered(all).byId.get(id) ?? [],
    without(all, few) {
      const known = remembered(all)
      if (few.length !== known.few.length || few.some((each, index) => each !== known.few[index])) {
        known.few = few
        known.rest = few.length === 0 ? all : all.filter((each) => !few.includes(each))
      }
      return known.rest
    },
  }
}

function groupById(all: readonly Deployment[]): ReadonlyMap<string, readonly Deployment[]> {
  const groups = new Map<string, Deployment[]>()
  for (const deployment of all) {
    const group = groups.get(deployment.id)
    if (group) group.push(deployment)
    else groups.set(deployment.id, [deployment])
  }
  return groups
}
