/** HDF5 files with one table for all images: a row of features per image, and a list of the images' ids. */
import { closeSync, openSync } from 'node:fs'
import { DataError } from '../../errors.js'
import { openLibrary, type LibraryFile } from '../../formats/hdf5/libhdf5.js'
import { raggedRows } from '../../formats/hdf5/ragged.js'
import { keyOf, type ImageId } from '../../records.js'
import type { FeatureFile } from '../file.js'
import { matrixOf, type GridLayout } from './grid.js'
import type { ImageFeatures, Matrix } from './image.js'

/** The dataset of a table; undefined where the file has none. */
export const tableIn = (file: FeatureFile): string | undefined =>
  ['features', 'image_features'].find((name) => file.has(name))

/** The rows of a table by the images' ids. */
export interface TableRows {
  readonly dataset: string
  readonly rowOf: ReadonlyMap<string, number>
}

/**
 * The ids of a table's rows.
 *
 * @param ids for a file that does not have them
 * @throws DataError where there are none, or another number of them than rows
 */
export function tableRows(
  library: LibraryFile,
  { file, table, ids }: { file: string; table: string; ids?: readonly ImageId[] | undefined },
): TableRows {
  const names = new Set(library.names())
  const idDataset = ['image_id', 'image_ids', 'ids'].find((name) => names.has(name))
  const found = ids?.map(String) ?? (idDataset ? library.readIds(idDataset) : undefined)
  if (!found)
    throw new DataError(
      `${file}: its ${table} do not say whose they are: m2 pack --ids NPY gives the image ids of its rows`,
    )
  const [rows] = library.shape(table)
  if (rows !== found.length)
    throw new DataError(`${file}: expected ${rows} image ids, one per row of ${table}, got ${found.length}`)
  return { dataset: table, rowOf: new Map(found.map((id, row) => [keyOf(id), row])) }
}

/** Images of nocaps' layout (`image_id`, `num_boxes`, `features`, `boxes`) and VQA's (`image_features`, `image_bb`). */
export async function* tableFeatures(
  { path, file, table }: { path: string; file: string; table: string },
  options: {
    ids?: readonly ImageId[] | undefined
    layout?: GridLayout | undefined
    reject(error: DataError): void
  },
): AsyncGenerator<ImageFeatures> {
  const library = await openLibrary(path, file)
  const fd = openSync(path, 'r')
  const rowReader = (
    dataset: string,
  ): ((row: number) => { data: Float32Array; shape: readonly number[] }) => {
    const [, ...shape] = library.shape(dataset)
    if (shape.length > 0)
      return (row) => {
        const data = new Float32Array(shape.reduce((product, length) => product * length, 1))
        library.read(dataset, data, row)
        return { data, shape }
      }
    const read = raggedRows(fd, file, dataset)
    return (row) => {
      const data = read(row)
      return { data, shape: [data.length] }
    }
  }
  try {
    const { rowOf } = tableRows(library, { file, table, ids: options.ids })
    const names = new Set(library.names())
    const counts = names.has('num_boxes') ? library.readIds('num_boxes').map(Number) : undefined
    const boxTable = ['boxes', 'image_bb'].find((name) => names.has(name))
    const readFeatures = rowReader(table)
    const readBoxes = boxTable === undefined ? undefined : rowReader(boxTable)
    for (const [image_id, row] of rowOf)
      try {
        const where = `${file}: ${table}: row ${row}`
        const features = rowMatrix(readFeatures(row), counts?.[row], { where, layout: options.layout })
        const boxes =
          readBoxes &&
          rowMatrix(readBoxes(row), features.shape[0], { where: `${file}: ${boxTable}: row ${row}` })
        yield { image_id, features, boxes }
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        options.reject(error)
      }
  } finally {
    closeSync(fd)
    library.close()
  }
}

/** @param count the number of the row's regions, where the file says it; what follows them is padding */
function rowMatrix(
  { data, shape }: { data: Float32Array; shape: readonly number[] },
  count: number | undefined,
  options: { where: string; layout?: GridLayout | undefined },
): Matrix {
  if (shape.length < 2) {
    const regions = count ?? 1
    const width = regions === 0 ? 0 : data.length / regions
    if (!Number.isInteger(width))
      throw new DataError(`${options.where}: ${data.length} values do not divide into ${regions} regions`)
    return { data, shape: [regions, width] }
  }
  const whole = matrixOf(data, shape, options)
  const [rows, width] = whole.shape
  const regions = Math.min(rows, count ?? rows)
  return { data: whole.data.subarray(0, regions * width), shape: [regions, width] }
}
