import type { FeatureReader } from '../features/reader.js'
import type { ModelConfig } from '../model/config.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { Batching } from './batches.js'
import type { Baseline, Objective } from './early-stopping.js'
import type { Example } from './examples.js'
import type { Ranks } from './ranks.js'

/** All that a training run is told. */
export interface Run {
  readonly out: string
  readonly config: ModelConfig
  readonly vocabulary: Vocabulary
  readonly examples: readonly Example[]
  readonly validation: readonly Example[]
  readonly reader: FeatureReader
  readonly ranks: Ranks
  readonly planned: readonly Objective[]
  readonly seed: number
  readonly batching: Batching
  /** Captions computed at once; a batch larger than that comes in parts. */
  readonly microBatch: number
  readonly patience: number
  readonly epochs: Readonly<Record<Objective, number>>
  readonly maxSteps: number
  readonly maxMinutes: number
  /** Steps between two reports, and between two checkpoints within an epoch. */
  readonly logEvery: number
  readonly saveEvery: number
  readonly xe: { readonly rate: number; readonly warmup: number; readonly smoothing: number }
  readonly scst: {
    readonly rate: number
    readonly images: number
    readonly baseline: Baseline
    readonly eos: 'none' | 'append'
    readonly documents: 'image' | 'caption'
  }
  readonly clip: number
  readonly beam: number
  readonly length: number
  /** The options that decide the result, for the model's config and for resuming. */
  readonly origin: Readonly<Record<string, unknown>>
}
