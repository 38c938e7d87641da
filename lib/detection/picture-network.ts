/** Detectors that take a picture of one size: convolutional networks whose cells are regions, and other ONNX graphs. */
import type ort from 'onnxruntime-node'
import { DataError } from '../errors.js'
import { openSession, runForShapes, type SessionOptions } from '../engine/onnxruntime/session.js'
import { float32, type HostTensor } from '../tensor.js'
import { scaleBoxes } from './boxes.js'
import type { PictureConfig } from './config.js'
import type { Detector, Regions } from './detector.js'
import type { Photograph } from './photograph.js'
import { pictureOf } from './resize.js'

export interface PictureNetwork extends PictureConfig {
  readonly width: number
  readonly outputs: { readonly features: string; readonly boxes?: string | undefined }
  /** What the network's boxes count: pixels of the picture, or shares of it. */
  readonly boxes: 'pixels' | 'shares'
}

/**
 * @param graph an .onnx file, or its bytes
 * @throws DataError where the graph cannot be opened
 */
export async function openPictureNetwork(
  graph: Uint8Array | string,
  network: PictureNetwork,
  options: SessionOptions,
): Promise<Detector> {
  const session = await openSession('detector', graph, options)
  return {
    width: network.width,
    async detect(photograph) {
      const outputs = await runPicture(session, network, photograph)
      return regionsOf(outputs, network, photograph)
    },
    dispose: () => void session.release(),
  }
}

/** What the graph computes of a photograph. */
export async function runPicture(
  session: ort.InferenceSession,
  { input: [height, width], mean, std, color }: PictureConfig,
  photograph: Photograph,
): Promise<Readonly<Record<string, HostTensor>>> {
  const picture = pictureOf(photograph, { width, height, color, mean, std })
  const [name] = session.inputNames
  if (name === undefined || session.inputNames.length > 1)
    throw new DataError(`expected a graph with one input, the picture; got ${session.inputNames.join(', ')}`)
  return await runForShapes('detector', session, { [name]: float32(picture, 1, 3, height, width) })
}

/**
 * Regions of what a graph computed: features (1, c, h, w), whose cells are regions from left to right and top to bottom, or
 * (1, r, d), or (r, d), with boxes (1, r, 4) or (r, 4) or without.
 */
export function regionsOf(
  outputs: Readonly<Record<string, HostTensor>>,
  {
    outputs: names,
    boxes: unit,
    input: [height, width],
  }: Pick<PictureNetwork, 'outputs' | 'boxes' | 'input'>,
  photograph: Photograph,
): Regions {
  const found = outputs[names.features]
  if (found?.dtype !== 'float32')
    throw new DataError(`expected float32 features "${names.features}", got none`)
  const { data, shape } = found
  const last = shape.at(-1) ?? 0
  if (shape.length === 4 && shape[0] === 1) {
    const [, channels = 0, rows = 0, columns = 0] = shape
    const features = cellsFirst(data, channels, rows * columns)
    return { count: rows * columns, width: channels, features, boxes: cellBoxes(rows, columns, photograph) }
  }
  if (!(shape.length === 2 || (shape.length === 3 && shape[0] === 1)) || last === 0)
    throw new DataError(
      `expected features of shape (1, c, h, w), (1, r, d) or (r, d), got (${shape.join(', ')}) of "${names.features}"`,
    )
  const count = data.length / last
  const boxes = names.boxes === undefined ? undefined : outputs[names.boxes]
  if (boxes && (boxes.dtype !== 'float32' || boxes.data.length !== 4 * count))
    throw new DataError(`expected boxes (${count}, 4), got (${boxes.shape.join(', ')}) of "${names.boxes}"`)
  const [x, y] =
    unit === 'shares'
      ? [photograph.width, photograph.height]
      : [photograph.width / width, photograph.height / height]
  return {
    count,
    width: last,
    features: data,
    boxes: boxes ? scaleBoxes(boxes.data as Float32Array, x, y) : wholeBoxes(count, photograph), // checked above
  }
}

/** (c, cells) to (cells, c). */
function cellsFirst(data: Float32Array, channels: number, cells: number): Float32Array {
  const out = new Float32Array(data.length)
  for (let channel = 0; channel < channels; channel++)
    for (let cell = 0; cell < cells; cell++) out[cell * channels + channel] = data[channel * cells + cell]!
  return out
}

/** A box for each cell of a grid over the photograph. */
function cellBoxes(rows: number, columns: number, { width, height }: Photograph): Float32Array {
  return Float32Array.from({ length: 4 * rows * columns }, (_, i) => {
    const cell = Math.floor(i / 4)
    const [row, column] = [Math.floor(cell / columns), cell % columns]
    const side = [column / columns, row / rows, (column + 1) / columns, (row + 1) / rows][i % 4]!
    return side * (i % 2 === 0 ? width : height)
  })
}

/** Regions of which nothing is said are seen in the whole photograph. */
const wholeBoxes = (count: number, { width, height }: Photograph): Float32Array =>
  Float32Array.from({ length: 4 * count }, (_, i) => [0, 0, width, height][i % 4]!)
