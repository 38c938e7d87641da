/** `m2 pack`: features of other layouts as one HDF5 file. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { firstNonFinite } from '../formats/floats.js'
import type { RegionBox } from '../features/boxes.js'
import { gridLayouts } from '../features/layouts/grid.js'
import type { Hdf5Options } from '../features/layouts/hdf5.js'
import type { ImageFeatures, Matrix } from '../features/layouts/image.js'
import { DataError } from '../errors.js'
import { isPipe, startOf } from '../files/input.js'
import { cannotRead } from '../files/refusal.js'
import { featuresRecord, type FeaturesRecord } from '../records.js'
import { baseOption } from '../features/base.js'
import { defineStage, type Context } from '../stage.js'

export default defineStage({
  name: 'pack',
  stops: 'clear',
  input: featuresRecord,
  reads: ({ source }) => source === undefined,
  positional: {
    source: {
      many: true,
      metavar: 'SOURCE',
      describe:
        'Bottom-up-attention, LXMERT or VinVL TSV, directories of .npz or .npy files, or HDF5 of another layout; default: the features of the records on stdin',
    },
  },
  options: {
    out: { required: true, metavar: 'FILE', describe: 'HDF5 file to write, in the reference layout' },
    ids: {
      many: true,
      metavar: 'NPY',
      describe: 'Image ids of the rows of a SOURCE that lacks them, from .npy files',
    },
    dataset: {
      metavar: 'PATTERN',
      describe: "How an HDF5 SOURCE names the features of an image: '%d_grids', '%s/features', '%d'",
    },
    layout: {
      choices: gridLayouts,
      describe: 'Order of the dimensions of a grid, where its shape does not tell',
    },
    maxRegions: { type: 'integer', min: 1, metavar: 'N', describe: 'Keep the first N regions of an image' },
    ...baseOption,
  },
  examples: [
    ['m2 pack trainval_resnet101_faster_rcnn_genome_36.tsv --out coco.hdf5', 'What m2 features reads'],
    [
      'm2 features gzipped.hdf5 < records.jsonl | m2 pack --out fast.hdf5',
      'The same, stored for reading fast',
    ],
    ['m2 pack part0.tsv part1.tsv --out coco.hdf5', 'Several parts as one file'],
  ],
  async *run(records, { source: sources, out, ids, dataset, layout, maxRegions = Infinity, base }, context) {
    const { createFeatureFile } = await import('../formats/hdf5/writer.js')
    const { readIds } = await import('../formats/npy.js')
    const rowIds = ids && (await Promise.all(ids.map(readIds))).flat()
    const reject = (error: DataError) => context.reject(error)
    const options: Hdf5Options = {
      ids: rowIds,
      dataset,
      layout,
      reject,
      note: (message) => context.note(message),
    }
    const images = sources ? allSources(sources, options) : recordFeatures(records, base, context)
    const first = new Map<string, string>()
    const writer = await createFeatureFile(out)
    const progress = context.progress('images')
    let width: number | undefined
    try {
      for await (const image of images) {
        if (context.signal.aborted) throw new DataError(`stopped before ${out} was written`)
        const place = placeOf(image)
        const problem = check(image, first, width)
        if (problem) {
          reject(new DataError(`${place}: image ${image.image_id}: ${problem}`))
          continue
        }
        first.set(image.image_id, place)
        width ??= image.features.shape[1]
        const features = cut(image.features, maxRegions)
        await writer.add(`${image.image_id}_features`, features.data, features.shape)
        if (image.boxes) {
          const boxes = cut(image.boxes, maxRegions)
          await writer.add(`${image.image_id}_boxes`, boxes.data, boxes.shape)
        }
        progress.advance()
      }
      await writer.close()
    } catch (error) {
      await writer.abort()
      throw error
    } finally {
      progress.stop()
    }
    yield { images: first.size, features: resolve(out) }
  },
})

/** The images of all sources, the first source's first. */
async function* allSources(sources: readonly string[], options: Hdf5Options): AsyncGenerator<ImageFeatures> {
  for (const source of sources)
    for await (const image of await openSource(source, options)) yield { place: source, ...image }
}

async function openSource(source: string, options: Hdf5Options): Promise<AsyncIterable<ImageFeatures>> {
  const { reject, layout } = options
  try {
    if (!(await isPipe(source)) && statSync(source).isDirectory())
      return (await import('../features/layouts/folder.js')).folderFeatures(source, reject, layout)
    const start = Buffer.from(await startOf(source))
    if (start.toString('latin1', 0, 4) === '\x89HDF' || /\.(h5|hdf5)$/i.test(source))
      return (await import('../features/layouts/hdf5.js')).hdf5Features(source, options)
    return (await import('../features/layouts/tsv.js')).tsvFeatures(source, reject)
  } catch (error) {
    throw cannotRead(source, error)
  }
}

const placeOf = ({ place = 'stdin' }: ImageFeatures): string => place

/** The features that records refer to or hold, at their own width. */
async function* recordFeatures(
  records: AsyncIterable<FeaturesRecord>,
  base: string | undefined,
  context: Context,
): AsyncGenerator<ImageFeatures> {
  const { createFeatureReader } = await import('../features/reader.js')
  const { boxesOf, createBoxReader } = await import('../features/boxes.js')
  const reader = createFeatureReader({ regions: 0, width: 0, base })
  const boxes = createBoxReader(base)
  try {
    yield* context.each(records, async (record) => ({
      image_id: String(record.image_id),
      place: context.where(record),
      features: { data: await reader.readWhole(record.features), shape: record.features.shape },
      boxes: matrixOfBoxes(await boxesOf(record, boxes)),
    }))
  } finally {
    await boxes.close()
    await reader.close()
  }
}

/** Why an image cannot be packed; undefined if it can. */
function check(
  { image_id, features, boxes }: ImageFeatures,
  first: ReadonlyMap<string, string>,
  width: number | undefined,
) {
  if (first.has(image_id)) return `it is there twice; the first is at ${first.get(image_id)}`
  const [regions, found] = features.shape
  if (width !== undefined && found !== width && regions > 0)
    return `expected features of width ${width}, as before, got ${found}`
  for (const matrix of [features, boxes]) {
    const bad = matrix ? firstNonFinite(matrix.data) : -1
    if (matrix && bad >= 0)
      return `expected finite values, got ${matrix.data[bad]} in region ${Math.floor(bad / matrix.shape[1])}`
  }
  return undefined
}

function matrixOfBoxes(boxes: readonly RegionBox[] | undefined): Matrix | undefined {
  return boxes && { data: Float32Array.from(boxes.flat()), shape: [boxes.length, 4] }
}

function cut({ data, shape: [rows, width] }: Matrix, maxRegions: number): Matrix {
  const kept = Math.min(rows, maxRegions)
  return { data: data.subarray(0, kept * width), shape: [kept, width] }
}
