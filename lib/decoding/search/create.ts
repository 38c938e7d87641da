/** The search for each image's captions, from the options of decoding. */
import type { ModelConfig } from '../../model/config.js'
import { hash } from '../../random.js'
import { constrainedBanks, diverseBanks, plainBanks, type Banks } from './banks.js'
import { beamSearch } from './beam.js'
import { compileRules, type Rules } from './rules.js'
import { sampling } from './sampling.js'
import type { Search } from './search.js'

/** How captions are searched for. */
export interface SearchOptions extends Rules {
  readonly beam: number
  /** Most words of a caption. */
  readonly maxLength: number
  readonly nBest: number
  readonly lengthPenalty?: number
  /** Groups of beams that are kept apart, and the penalty of a word for each group that chose it. */
  readonly groups?: number
  readonly diversity?: number
  /** Draws captions instead of searching for the best. */
  readonly sample?: SampleOptions | undefined
}

export interface SampleOptions {
  readonly temperature: number
  readonly topK: number
  readonly topP: number
  readonly seed: number
}

/** What an image's caption has to mention: one of the words, as ids, of each constraint. */
export type Constraints = readonly (readonly number[])[]

/** Searches of one kind. Their rows differ between images with constraints, even none, and images without. */
export interface Searches {
  /** Rows of the model's batch that an image's search takes. */
  rowsOf(constraints: Constraints | undefined): number
  /** @param index of the image, which random draws depend on */
  create(constraints: Constraints | undefined, index: number): Search
  /** How many of a row's best words a search needs to see. */
  readonly choices: number
  /** Whether a search with this many rows needs the log-probability of every word. */
  needsAll(rows: number): boolean
}

export function createSearches(options: SearchOptions, { vocabularySize }: ModelConfig): Searches {
  const { beam, maxLength, nBest, groups = 1, sample } = options
  const { forbids, strikes } = compileRules(options, maxLength)
  const common = { vocabularySize, maxLength, forbids }

  const banksOf = (constraints: Constraints | undefined): Banks =>
    constraints
      ? constrainedBanks(beam, constraints)
      : groups > 1
        ? diverseBanks(beam, groups, options.diversity ?? 0.5)
        : plainBanks(beam)

  return {
    rowsOf(constraints) {
      const { count, width } = banksOf(constraints)
      return sample ? nBest : count * width
    },
    create(constraints, index) {
      if (!sample) {
        const lengthPenalty = options.lengthPenalty ?? 0
        return beamSearch({ ...common, banks: banksOf(constraints), nBest, lengthPenalty })
      }
      const key = hash(sample.seed, index)
      let draws = 0
      const random = () => (hash(key, draws++) >>> 0) / 2 ** 32
      return sampling({ ...common, ...sample, samples: nBest, random })
    },
    // A group of beams may have to pass over what every other one chose.
    choices: Math.min(vocabularySize, beam + strikes + (groups > 1 ? beam : 0)),
    needsAll: (rows) => sample !== undefined || rows > beam,
  }
}
