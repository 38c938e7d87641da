/** Finds the features of images in one or several HDF5 files. */
import { DataError } from '../errors.js'
import { seekable } from '../files/input.js'
import { openLibrary } from '../formats/hdf5/libhdf5.js'
import { indexByImage, type FeatureReference, type ImageId } from '../records.js'
import { openFeatures, type FeatureFile } from './file.js'
import { regionShape, type GridLayout } from './layouts/grid.js'
import { namesIn, namingIn, namingOf, noteGrids } from './layouts/naming.js'
import { tableIn, tableRows } from './layouts/table.js'

/** Where the features of images are. */
export interface FeatureLookup {
  /** The features of an image, in the first file that has them; undefined where none has. */
  find(id: ImageId): Promise<(FeatureReference & { opened: FeatureFile }) | undefined>
  /** What the files hold, for the error of an image that is not found. */
  holds(): string
  close(): void
}

/**
 * @param dataset how the datasets are named, `%d_grids`; default: found by each file's names
 * @param layout of grids; default: told by their shapes
 * @throws DataError for a file whose names fit no rule
 */
export async function openLookup(
  files: readonly string[],
  {
    dataset,
    layout,
    note,
  }: { dataset?: string | undefined; layout?: GridLayout | undefined; note(message: string): void },
): Promise<FeatureLookup> {
  const opened: FeatureFile[] = []
  const close = () => opened.forEach((file) => file.close())
  try {
    const sources: Source[] = []
    for (const file of files) {
      const one = await openFeatures(file)
      opened.push(one)
      sources.push(await sourceOf(one, { dataset, note }))
    }
    return {
      async find(id) {
        for (const source of sources) {
          const found = await source(id)
          if (found) return { ...refer(found, layout), opened: found.opened }
        }
        return undefined
      },
      holds: () => opened.map((file) => `${file.file} has ${namesIn(file)}`).join('; '),
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

interface Place {
  readonly opened: FeatureFile
  readonly dataset: string
  /** Of a table; undefined for a dataset of the image's own. */
  readonly row?: number | undefined
  readonly shape: readonly number[]
}
type Source = (id: ImageId) => Promise<Place | undefined>

async function sourceOf(
  opened: FeatureFile,
  { dataset, note }: { dataset?: string | undefined; note(message: string): void },
): Promise<Source> {
  const { file } = opened
  const table = dataset === undefined ? tableIn(opened) : undefined
  if (table !== undefined && opened.shape(table).length > 2) return await tableSource(opened, table)
  const naming = dataset === undefined ? await namingIn(opened) : namingOf(dataset)
  if (!naming)
    throw new DataError(
      `${file}: expected datasets ID_features, ID_grids, ID/features or ID; it has ${namesIn(opened)}. ` +
        "--dataset '%d_grids' says how they are named; m2 pack reads other layouts",
    )
  const names = [...opened.datasets()]
  if (dataset === undefined) noteGrids(opened, naming, note)
  const ids = naming.pattern.includes('/')
    ? [...opened.groups()]
    : names.flatMap((name) => naming.idOf(name) ?? [])
  const nameOf = indexByImage(ids.map((id) => [id, naming.featuresOf(id)] as const))
  return async (id) => {
    const name = nameOf(id)
    if (name === undefined || !(await opened.found(name))) return undefined
    return { opened, dataset: name, shape: await opened.shapeOf(name) }
  }
}

async function tableSource(opened: FeatureFile, table: string): Promise<Source> {
  const library = await openLibrary(await seekable(opened.file), opened.file)
  try {
    const { rowOf } = tableRows(library, { file: opened.file, table })
    const rowFor = indexByImage(rowOf)
    const [, ...shape] = opened.shape(table)
    return async (id) => {
      const row = rowFor(id)
      return row === undefined ? undefined : { opened, dataset: table, row, shape }
    }
  } finally {
    library.close()
  }
}

function refer(
  { opened: { file }, dataset, row, shape }: Place,
  layout: GridLayout | undefined,
): FeatureReference {
  const where = `${file}: ${dataset}`
  if (shape.length < 2 || shape.at(-1) === 0)
    throw new DataError(`${where}: expected shape (regions, width), got (${shape.join(', ')})`)
  const { regions, width, channelsFirst } = regionShape(shape, where, layout)
  if (channelsFirst)
    throw new DataError(
      `${where}: (${shape.join(', ')}) is a grid with its channels first, which cannot be referred to in place; ` +
        'm2 pack writes it as (regions, width)',
    )
  return { file, dataset, shape: [regions, width], ...(row !== undefined && { row }) }
}
