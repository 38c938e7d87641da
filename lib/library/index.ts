/**
 * The stages of m2 as functions: async generators over plain records, with the command's options and defaults.
 *
 *     const records = features(captions({ files: 'captions_val2014.json' }), { file: 'coco_detections.hdf5' })
 *     for await (const { metric, score } of scored(decode(records, { model: 'runs/m2' }))) ...
 *
 * Nothing is written to stdout or stderr, and no `M2_*` variable is read. What is wrong is thrown: `DataError` for
 * data, `UsageError` for options.
 */
import type { Call } from './call.js'
import type * as Options from './options.js'
import type {
  Candidate,
  CaptionsRecord,
  Comparison,
  FeaturesField,
  ImageRecord,
  Metric,
  Prediction,
  Records,
  Score,
  Tokens,
  TrainingEvent,
} from './records.js'
import { runStage } from './stage-function.js'

export { DataError, UsageError } from '../errors.js'
export type { Call } from './call.js'
export type * from './options.js'
export type * from './records.js'

/** Reads caption annotations: a record an image. */
export function captions(
  options: Options.CaptionsOptions,
  call?: Call,
): AsyncGenerator<CaptionsRecord & { [field: string]: unknown }> {
  return typed(runStage('captions', undefined, options, call))
}

/** Splits captions into words: adds `tokens`. */
export function tokenize<R extends ImageRecord & { captions: readonly string[] }>(
  records: Records<R>,
  options: Options.TokenizeOptions = {},
  call?: Call,
): AsyncGenerator<R & Tokens> {
  return typed(runStage('tokenize', records, options, call))
}

/** Adds `features`: where the features of each image are, or with `inline` their values. */
export function features<R extends ImageRecord>(
  records: Records<R>,
  options: Options.FeaturesOptions,
  call?: Call,
): AsyncGenerator<R & FeaturesField> {
  return typed(runStage('features', records, options, call))
}

/** Captions images: adds `caption`, `log_prob` and, with `nBest`, `beams`. Images come back as they are finished. */
export function decode<R extends ImageRecord & FeaturesField>(
  records: Records<R>,
  options: Options.DecodeOptions,
  call?: Call,
): AsyncGenerator<R & Prediction> {
  return typed(runStage('decode', records, options, call))
}

/** Scores captions: a record a metric. Without records, `candidates` names a file, or `merge` shards. */
export function score(
  records: Records<Candidate> | undefined,
  options: Options.ScoreOptions = {},
  call?: Call,
): AsyncGenerator<Metric> {
  return typed(runStage('score', records, options, call))
}

/** Compares scores with those in a file: adds `baseline`, `delta` and `ok`. */
export function compare<R extends Score>(
  records: Records<R>,
  options: Options.CompareOptions,
  call?: Call,
): AsyncGenerator<R & Comparison> {
  return typed(runStage('compare', records, options, call))
}

/** Trains a model, into the folder `out`. Without records, `examples` names their file. */
export function train(
  records: Records<ImageRecord> | undefined,
  options: Options.TrainOptions,
  call?: Call,
): AsyncGenerator<TrainingEvent> {
  return typed(runStage('train', records, options, call))
}

/** A stage's output by the type that its tests hold it to. */
const typed = <T>(records: AsyncGenerator<object>) => records as AsyncGenerator<T>
