/** The records of the library, as types that need no other package. lib/records.ts holds the schemas that check them. */

/** COCO's image ids are numbers, TextCaps' are strings. */
export type ImageId = number | string

/** Records to read: a list of them, or the output of another stage. Fields that a stage does not know pass through. */
export type Records<Record> = Iterable<Record> | AsyncIterable<Record>

export interface ImageRecord {
  image_id: ImageId
}

/** After `captions`. */
export interface CaptionsRecord extends ImageRecord {
  captions: string[]
  /** The split that the annotations put the image into. */
  split?: string
}

/** After `tokenize`. */
export interface Tokens {
  /** The words of each caption. */
  tokens: string[][]
}

/** After `features`: where the (regions, width) values are, or the values themselves. */
export interface FeaturesField {
  features:
    | { file: string; dataset: string; shape: [regions: number, width: number] }
    | { data: string; shape: [regions: number, width: number]; dtype: 'float32' }
}

/** After `decode`. */
export interface Prediction {
  caption: string
  /** The natural logarithm of the caption's probability, `<eos>` included. */
  log_prob: number
  /** Whether the caption ended by itself, and not at the longest length. */
  eos: boolean
  /** With `raw`: the caption with its repeated words. */
  raw?: string
  /** With `nBest`: the best captions, best first. */
  beams?: { caption: string; ids: number[]; log_prob: number; word_log_probs: number[] }[]
}

/** What `score` reads: a caption, with its references unless they are in a file. */
export interface Candidate extends ImageRecord {
  caption: string
  captions?: string[] | undefined
  references?: string[] | undefined
}

/** One score of a set of captions. */
export interface Metric {
  /** BLEU-1 to BLEU-4, METEOR, ROUGE-L, CIDEr-D, CIDEr or SPICE. */
  metric: string
  /** A fraction: CIDEr-D of 1.28 is the 128 of the papers. */
  score: number
  /** How many images. */
  n: number
  /** What the score depends on. */
  signature: string
  /** With `bootstrap`: the 95 % confidence interval. */
  ci?: readonly [low: number, high: number]
  /** With `against`: the other system's score, and how they differ. */
  against?: { score: number; difference: number; ci: readonly [low: number, high: number]; p: number }
  /** With several `files`: the one that was scored. */
  system?: string
  /** With `by`: the value that the images have in common; absent for all images. */
  group?: string
}

/** What `compare` adds to a score. */
export interface Comparison {
  /** The baseline's score; null where it has none of this metric. */
  baseline: number | null
  /** Score less baseline. */
  delta: number | null
  /** false where the score fell by more than the tolerance. */
  ok: boolean
  /** What is wrong, in words. */
  reason?: string
}

/** A score to compare with others: of `score`, or of a file that it was written to. */
export interface Score {
  metric: string
  /** null where the score was not a number. */
  score: number | null
  n: number
  signature: string
  group?: string | undefined
}

/** What training reports; docs/training.md explains the figures. */
export interface TrainingEvent {
  event: 'step' | 'epoch' | 'best' | 'switch' | 'done'
  objective: string
  epoch: number
  step: number
  [figure: string]: unknown
}
