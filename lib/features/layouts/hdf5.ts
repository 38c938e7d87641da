/** HDF5 files in other layouts than the reference's. */

import { DataError } from '../../errors.js'
import { openLibrary, type LibraryFile } from '../../formats/hdf5/libhdf5.js'
import { openFeatures } from '../file.js'
import { asMatrix, imageIdOf, type ImageFeatures, type Matrix } from './image.js'

/**
 * Images of an HDF5 file in another layout: RSTNet's `ID_grids`; nocaps' `image_id`, `num_boxes`, `features` and
 * `boxes`; VQA's `image_features` and `image_bb`. The reference's own `ID_features` is read too, however it is
 * stored, and becomes contiguous float32.
 *
 * @param ids ids of the rows, for a file without ids
 * @param reject called with what is wrong with an image; throws, or returns to go on with the next image
 */
export async function* hdf5Features(
  file: string,
  ids: readonly number[] | undefined,
  reject: (error: DataError) => void,
): AsyncGenerator<ImageFeatures> {
  const opened = await openFeatures(file)
  const table = ['features', 'image_features'].find((name) => opened.has(name))
  const named = table ? [] : [...opened.datasets()].filter((name) => /_(features|grids)$/.test(name))
  const read = async (dataset: string): Promise<Matrix> => {
    const shape = opened.shape(dataset)
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1))
    await opened.read(dataset, data)
    return asMatrix(data, shape)
  }
  try {
    if (table) {
      yield* tableFeatures(file, table, ids, reject)
      return
    }
    if (named.length === 0)
      throw new DataError(
        `${file}: expected ID_features, ID_grids, features with image_id, or image_features; got ` +
          [...opened.datasets()].slice(0, 5).join(', '),
      )
    for (const name of named) {
      const id = name.replace(/_(features|grids)$/, '')
      try {
        const boxes = opened.has(`${id}_boxes`) ? await read(`${id}_boxes`) : undefined
        yield { image_id: imageIdOf(id), features: await read(name), boxes }
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        reject(error)
      }
    }
  } finally {
    opened.close()
  }
}

/** Images of a layout with one row per image. */
async function* tableFeatures(
  file: string,
  table: string,
  ids: readonly number[] | undefined,
  reject: (error: DataError) => void,
): AsyncGenerator<ImageFeatures> {
  const library = await openLibrary(file)
  try {
    const names = new Set(library.names())
    const idDataset = ['image_id', 'image_ids', 'ids'].find((name) => names.has(name))
    const found = ids?.map(String) ?? (idDataset ? library.readIds(idDataset) : undefined)
    if (!found)
      throw new DataError(
        `${file}: its ${table} do not say whose they are: --ids NPY gives the image ids of its rows`,
      )
    const [rows] = library.shape(table)
    if (rows !== found.length)
      throw new DataError(`${file}: expected ${rows} image ids, one a row of ${table}, got ${found.length}`)
    const counts = names.has('num_boxes') ? library.readIds('num_boxes').map(Number) : undefined
    const boxTable = ['boxes', 'image_bb'].find((name) => names.has(name))
    for (const [row, id] of found.entries()) {
      try {
        const features = tableRow(library, { file, dataset: table, row, count: counts?.[row] })
        const boxes = boxTable
          ? tableRow(library, { file, dataset: boxTable, row, count: features.shape[0] })
          : undefined
        yield { image_id: imageIdOf(id), features, boxes }
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        reject(error)
      }
    }
  } finally {
    library.close()
  }
}

/** @param count the number of the row's regions; the rest is padding */
function tableRow(
  library: LibraryFile,
  { file, dataset, row, count }: { file: string; dataset: string; row: number; count: number | undefined },
): Matrix {
  const [, ...shape] = library.shape(dataset)
  let data
  if (shape.length === 0) data = library.readRagged(dataset, row)
  else {
    data = new Float32Array(shape.reduce((product, size) => product * size, 1))
    library.read(dataset, data, row)
  }
  if (shape.length < 2) {
    const regions = count ?? 1
    const width = regions === 0 ? 0 : data.length / regions
    if (!Number.isInteger(width))
      throw new DataError(`${file}: ${dataset}: row ${row}: ${data.length} values are no ${regions} regions`)
    return { data, shape: [regions, width] }
  }
  const whole = asMatrix(data, shape)
  const [rows, width] = whole.shape
  const regions = Math.min(rows, count ?? rows)
  return { data: data.subarray(0, regions * width), shape: [regions, width] }
}
