/** A detector: from a photograph to regions of features. */
import { DataError } from '../errors.js'
import type { SessionOptions } from '../engine/onnxruntime/session.js'
import type { DetectorConfig } from './config.js'
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

/**
 * Opens a detector's folder.
 *
 * @throws DataError where it is none, or lacks something
 */
export async function openDetector(
  folder: string,
  selection: SelectionOptions,
  session: SessionOptions,
): Promise<Detector> {
  const { readDetectorFolder } = await import('./folder.js')
  const { config, weights, graph, classNames } = await readDetectorFolder(folder)
  if (weights && config.network === 'faster-rcnn') {
    const { openFasterRcnn } = await import('./faster-rcnn.js')
    return await openFasterRcnn({ config, weights, file: folder }, { ...selection, classNames }, session)
  }
  const { openPictureNetwork } = await import('./picture-network.js')
  if (weights && config.network === 'efficientnet-lite0') {
    const { efficientNetGraph } = await import('./networks/efficientnet-lite0.js')
    const { input } = config
    return await openPictureNetwork(
      efficientNetGraph({ weights, file: folder }, input, ['features']),
      { ...config, outputs: { features: 'features' }, boxes: 'pixels' },
      session,
    )
  }
  if (graph !== undefined && config.network === 'onnx')
    return await openPictureNetwork(graph, config, session)
  throw new DataError(`${folder}: a detector of network ${config.network} has other files than those here`)
}

export type { DetectorConfig }
