/** Folders with one .npz or .npy file per image. */

import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import pLimit from 'p-limit'
import { DataError } from '../../errors.js'
import { readWhole } from '../../files/read.js'
import { matrixOf, type GridLayout } from './grid.js'
import { imageIdOf, type ImageFeatures, type Matrix } from './image.js'
import { parseNpy, readNpz, type NpyArray } from '../../formats/npy.js'

/**
 * Images of a folder with one .npz or .npy file per image, in the order of their names: self-critical's `_att` folder
 * (array `feat` or `z`; boxes from a `_box` folder beside it), X-modaler's `feat`, and MILVLG's `x` with `bbox` and
 * `num_bbox`.
 *
 * @param reject called with what is wrong with a file; throws, or returns to go on with the next file
 */
export async function* folderFeatures(
  folder: string,
  reject: (error: DataError) => void,
  layout?: GridLayout,
): AsyncGenerator<ImageFeatures> {
  const names = (await readdir(folder)).filter((name) => /\.np[yz]$/.test(name)).sort()
  if (names.length === 0) throw new DataError(`${folder}: expected .npz or .npy files in it, got none`)
  const reading = pLimit(8)
  for (let start = 0; start < names.length; start += ahead) {
    const images = names
      .slice(start, start + ahead)
      .map((name) =>
        reading(() => readImage(folder, name, layout)).catch((error: unknown) => asDataError(error)),
      )
    for (const image of await Promise.all(images))
      if (image instanceof DataError) reject(image)
      else yield image
  }
}

/** How many files are read ahead: enough to hide the latency of the disk, few enough for memory. */
const ahead = 32
const featureKeys = ['feat', 'z', 'x', 'features', 'arr_0']
const boxKeys = ['bbox', 'boxes']
const otherKeys = [...boxKeys, 'num_bbox', 'num_boxes']

function asDataError(error: unknown): DataError {
  if (error instanceof DataError) return error
  throw error
}

async function readImage(
  folder: string,
  name: string,
  layout: GridLayout | undefined,
): Promise<ImageFeatures> {
  const file = join(folder, name)
  const stem = name.replace(/\.np[yz]$/, '')
  const image_id = imageIdOf(stem)
  if (name.endsWith('.npy')) {
    const array = parseNpy(await readWhole(file), file)
    return {
      image_id,
      features: matrix(array, file, { layout }),
      boxes: await boxesBeside(folder, stem),
      place: file,
    }
  }
  const arrays = await readNpz(file, (key) => featureKeys.includes(key) || otherKeys.includes(key))
  const key = featureKeys.find((key) => arrays.has(key))
  const found = key && arrays.get(key)
  if (!found) throw new DataError(`${file}: expected an array named ${featureKeys.join(', ')}`)
  const count = (arrays.get('num_bbox') ?? arrays.get('num_boxes'))?.values[0]
  const features = matrix(found, file, { layout, rows: count })
  const boxKey = boxKeys.find((key) => arrays.has(key))
  const boxes = boxKey === undefined ? undefined : arrays.get(boxKey)
  return {
    image_id,
    place: file,
    features,
    boxes: boxes ? matrix(boxes, file, { rows: count }) : await boxesBeside(folder, stem),
  }
}

/** @param rows the number of rows, if known, since some files store the transpose */
function matrix(
  { shape, values }: NpyArray,
  file: string,
  { rows, layout }: { rows?: number | undefined; layout?: GridLayout | undefined } = {},
): Matrix {
  if (shape.length < 2)
    throw new DataError(`${file}: expected regions of features, got shape (${shape.join(', ')})`)
  const stored = matrixOf(Float32Array.from(values), shape, { where: file, layout })
  const [height, width] = stored.shape
  if (rows === undefined || height === rows || width !== rows) return stored
  const data = Float32Array.from(
    stored.data,
    (_, i) => stored.data[(i % height) * width + Math.floor(i / height)] ?? 0,
  )
  return { data, shape: [width, height] }
}

/** self-critical has the folders `NAME_att` and `NAME_box` side by side. */
async function boxesBeside(folder: string, stem: string): Promise<Matrix | undefined> {
  const path = resolve(folder)
  if (!basename(path).endsWith('_att')) return undefined
  const file = join(path.replace(/_att$/, '_box'), `${stem}.npy`)
  return existsSync(file) ? matrix(parseNpy(await readWhole(file), file), file) : undefined
}
