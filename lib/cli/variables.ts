/** `M2_*` variables of the environment that nothing reads, most likely because they are misspelt. */
import { limitVariables } from '../files/limits.js'
import { suggest, variableOf } from '../options.js'
import { commonOptions } from './parser.js'
import type { AnyStage } from '../stage.js'
import { loadStage, stages } from '../stages/index.js'

/** Variables that are not options: bounds on input, METEOR's data, and those of the scripts and tests of this repository. */
const others = [
  ...limitVariables,
  'M2_METEOR',
  'M2_PYTHON',
  'M2_SHARED',
  'M2_MPI',
  'M2_UPDATE_CASES',
  'M2_NODES',
  'M2_NPMS',
]

/** A note for each variable that is no stage's option. Other stages are loaded only where one is not this stage's. */
export async function unknownVariables(stage: AnyStage, environment: NodeJS.ProcessEnv): Promise<string[]> {
  const own = namesOf(stage)
  const given = Object.keys(environment).filter((name) => name.startsWith('M2_'))
  const foreign = given.filter((name) => !own.includes(name) && !others.includes(name))
  if (foreign.length === 0) return []
  const all = await Promise.all(Object.keys(stages).map(async (name) => namesOf(await loadStage(name))))
  const known = new Set([...others, ...all.flat()])
  return foreign
    .filter((name) => !known.has(name))
    .map((name) => `${name} is not the variable of any option, and is ignored.${suggest(name, [...known])}`)
}

const namesOf = ({ positional, options }: AnyStage): string[] =>
  Object.keys({ ...positional, ...options, ...commonOptions }).map(variableOf)
