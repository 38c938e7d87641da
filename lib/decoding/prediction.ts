/** What decoding reads from a record beside its features, and what it adds. */
import { DataError } from '../errors.js'
import type { FeaturesRecord } from '../records.js'
import { withoutRepeats } from '../text/repeats.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { DecodeOptions } from './options.js'
import type { Hypothesis } from './search/search.js'

/** The constraints of an image, as ids. */
export function constraintsOf(
  { image_id, constraints }: FeaturesRecord & { constraints?: readonly string[][] | undefined },
  { sample, diverse = 1 }: DecodeOptions,
  vocabulary: Vocabulary,
): number[][] | undefined {
  if (constraints && (sample || diverse > 1))
    throw new DataError(
      `image ${image_id} has constraints, which ${sample ? '--sample' : '--diverse'} cannot meet; a plain search can`,
    )
  return constraints?.map((choices) =>
    choices.map((word) => {
      const id = vocabulary.id(word)
      if (id === 0)
        throw new DataError(`image ${image_id}: the constraint "${word}" is not in the model's vocabulary`)
      return id
    }),
  )
}

/** The error of an image whose log-probabilities are not finite; undefined where they are. */
export function overflowOf(
  hypotheses: readonly Hypothesis[],
  { image_id }: FeaturesRecord,
  models: readonly string[],
): DataError | undefined {
  const numbers = hypotheses.flatMap(({ logProb, wordLogProbs }) => [logProb, ...wordLogProbs])
  if (hypotheses.length > 0 && numbers.every(Number.isFinite)) return undefined
  return new DataError(
    `image ${image_id}: ${models.join(', ')} gives its caption a log-probability of ` +
      `${hypotheses[0]?.logProb ?? NaN}, which is not finite: its features, or the model's weights, are too large`,
  )
}

/** What the stage adds to a record. */
export function predictionOf(
  hypotheses: readonly Hypothesis[],
  vocabulary: Vocabulary,
  { raw, nBest }: Pick<DecodeOptions, 'raw' | 'nBest'>,
  constraints: readonly (readonly number[])[] | undefined,
) {
  const [best] = hypotheses as [Hypothesis] // a search finds one at least
  const said = (ids: readonly number[]) => vocabulary.decode(ids)
  return {
    caption: withoutRepeats(said(best.ids)).join(' '),
    log_prob: best.logProb,
    eos: best.ended,
    ...(constraints && {
      constraints_met: constraints.map((words) => words.some((word) => best.ids.includes(word))),
    }),
    ...(raw && { raw: said(best.ids).join(' ') }),
    ...(nBest !== undefined && {
      beams: hypotheses.map(({ ids, logProb, wordLogProbs }) => ({
        caption: withoutRepeats(said(ids)).join(' '),
        ids,
        log_prob: logProb,
        word_log_probs: wordLogProbs,
      })),
    }),
  }
}
