import { flagOf } from '../options.js'
import { trainOptions, type TrainOptions } from './options.js'

/** Options that may change when a run resumes: they decide where it stops and what it says, not what it computes. */
const harmless = (
  'out vocab val examples resume from objective patience xeEpochs scstEpochs maxSteps maxMinutes logEvery saveEvery ' +
  'tensorboard engine device threads microBatch'
).split(' ')

/** The options that decide what a run computes, by flag: for the model's config, and to be the same on resuming. */
export function originOf(options: TrainOptions): Record<string, unknown> {
  const deciding = Object.entries(options).filter(
    ([name, value]) => name in trainOptions && !harmless.includes(name) && value !== undefined,
  )
  return Object.fromEntries(deciding.map(([name, value]) => [flagOf(name), value]))
}
