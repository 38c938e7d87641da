/** HDF5 files of features in any layout that is known, an image at a time. */
import { DataError } from '../../errors.js'
import { seekable } from '../../files/input.js'
import type { ImageId } from '../../records.js'
import { openFeatures } from '../file.js'
import { matrixOf, type GridLayout } from './grid.js'
import { imageIdOf, type ImageFeatures } from './image.js'
import { namesIn, namingIn, namingOf, noteGrids, type Naming } from './naming.js'
import { tableFeatures, tableIn } from './table.js'

export interface Hdf5Options {
  /** Ids of the rows, for a table without ids. */
  readonly ids?: readonly ImageId[] | undefined
  /** How the datasets of features are named; default: found by their names. */
  readonly dataset?: string | undefined
  /** The order of a grid's dimensions; default: told by its shape. */
  readonly layout?: GridLayout | undefined
  /** Called with what is wrong with an image; throws, or returns to go on with the next image. */
  reject(error: DataError): void
  note(message: string): void
}

/**
 * Images of an HDF5 file: datasets named by their images (`ID_features`, `ID_grids`, `ID/features`, `ID`), or one table for all
 * (`features` with `image_id`; `image_features`). Boxes come along where the file has them.
 *
 * @throws DataError for a file in none of these layouts, which lists its first names
 */
export async function* hdf5Features(file: string, options: Hdf5Options): AsyncGenerator<ImageFeatures> {
  const { dataset, layout, reject, note } = options
  const opened = await openFeatures(file)
  try {
    const table = dataset === undefined ? tableIn(opened) : undefined
    if (table !== undefined && opened.shape(table).length > 0) {
      yield* tableFeatures({ path: await seekable(file), file, table }, options)
      return
    }
    const naming = dataset === undefined ? await namingIn(opened) : namingOf(dataset)
    const images = naming ? imagesOf(naming, [...opened.datasets()], [...opened.groups()]) : []
    if (!naming || images.length === 0)
      throw new DataError(
        `${file}: expected ${dataset ?? 'ID_features, ID_grids, ID/features, features with image_id, or image_features'}; ` +
          `it has ${namesIn(opened)}. --dataset '%d_grids' says how its datasets are named`,
      )
    if (dataset === undefined) noteGrids(opened, naming, note)
    for (const id of images)
      try {
        const name = naming.featuresOf(id)
        const boxes = naming.boxesOf(id)
        const { data, shape } = await opened.readAll(name)
        const found = (await opened.found(boxes)) ? await opened.readAll(boxes) : undefined
        yield {
          image_id: imageIdOf(id),
          features: matrixOf(data, shape, { where: `${file}: ${name}`, layout }),
          boxes: found && matrixOf(found.data, found.shape, { where: `${file}: ${boxes}` }),
        }
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        reject(error)
      }
  } finally {
    opened.close()
  }
}

/** The ids of a file's images, in the order of its names. */
function imagesOf(naming: Naming, datasets: readonly string[], groups: readonly string[]): string[] {
  if (naming.pattern.includes('/')) return [...groups] // one for each image
  return datasets.flatMap((name) => naming.idOf(name) ?? [])
}
