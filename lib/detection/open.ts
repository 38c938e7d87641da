/** Opens detectors: what their folders say decides which network runs. */
import type { SessionOptions } from '../engine/onnxruntime/session.js'
import { DataError } from '../errors.js'
import type { Detector, SelectionOptions } from './detector.js'
import { readDetectorFolder } from './folder.js'

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
