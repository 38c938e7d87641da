/** A detector: from a photograph to regions of features. */
import type { Photograph } from './photograph.js'

/** What is found in a photograph. */
export interface Regions {
  readonly count: number
  /** (count, width) */
  readonly features: Float32Array
  readonly width: number
  /** (count, 4): x1, y1, x2, y2 in pixels of the photograph */
  readonly boxes: Float32Array
  /** (count, classes + 1) probabilities, the background last; where the detector knows classes */
  readonly probabilities?: Float32Array
  /** Classes without the background. */
  readonly classes?: number
}

export interface Detector {
  /** Numbers of a region. */
  readonly width: number
  /** Names of classes in the order of the probabilities, where the detector has them. */
  readonly classNames?: readonly string[] | undefined
  /** Throws DataError where memory runs out. */
  detect(photograph: Photograph): Promise<Regions>
  dispose(): void
}

/** How regions are selected, and how many of what confidence, in place of what the detector's settings say. */
export interface SelectionOptions {
  readonly select: 'adaptive' | 'maxnms'
  readonly minRegions?: number | undefined
  readonly maxRegions?: number | undefined
  readonly confidence?: number | undefined
}
