/** Any ONNX graph that makes regions of a picture, as a detector. */
import { openSession } from '../engine/onnxruntime/session.js'
import { DataError, messageOf } from '../errors.js'
import type { HostTensor } from '../tensor.js'
import type { OnnxConfig, PictureConfig } from './config.js'
import type { DetectorFolder } from './folder.js'
import { regionsOf, runPicture } from './picture-network.js'

/**
 * Runs a graph on an empty picture, to see which of its outputs are features and which are boxes.
 *
 * @throws DataError where the graph cannot be opened, or has no such output
 */
export async function detectorFromOnnx(
  file: string,
  picture: PictureConfig & Pick<OnnxConfig, 'boxes'>,
): Promise<DetectorFolder> {
  const [height, width] = picture.input
  const photograph = { width, height, pixels: new Uint8Array(3 * width * height) }
  const outputs = await tryGraph(file, async () => {
    const session = await openSession('detector', file, { device: 'cpu' })
    try {
      return await runPicture(session, picture, photograph)
    } finally {
      await session.release()
    }
  })
  const names = outputsOf(outputs, file)
  const { width: numbers } = regionsOf(outputs, { ...picture, outputs: names }, photograph)
  return { config: { network: 'onnx', width: numbers, ...picture, outputs: names }, graph: file }
}

async function tryGraph<T>(file: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    throw new DataError(`${file}: expected an ONNX graph of one picture (1, 3, h, w): ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Features are the first output of a shape that they may have; boxes are another of as many rows of four. */
function outputsOf(outputs: Readonly<Record<string, HostTensor>>, file: string): OnnxConfig['outputs'] {
  const floats = Object.entries(outputs).filter(([, { dtype }]) => dtype === 'float32')
  const isMap = ([, { shape }]: [string, HostTensor]) => shape.length === 4 && shape[0] === 1
  const isRows = ([, { shape }]: [string, HostTensor]) =>
    (shape.length === 2 || (shape.length === 3 && shape[0] === 1)) && shape.at(-1)! > 4
  const features = floats.find((output) => isMap(output) || isRows(output))
  if (!features)
    throw new DataError(
      `${file}: expected an output of shape (1, c, h, w), (1, r, d) or (r, d), got ${
        Object.entries(outputs)
          .map(([name, { shape }]) => `${name} (${shape.join(', ')})`)
          .join(', ') || 'none'
      }`,
    )
  const rows = isMap(features) ? undefined : features[1].shape.at(-2)
  const boxes = floats.find(([, { shape }]) => shape.at(-1) === 4 && shape.at(-2) === rows)
  return { features: features[0], ...(boxes && { boxes: boxes[0] }) }
}
