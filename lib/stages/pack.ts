/** `m2 pack`: features of other layouts as one HDF5 file. */
import { openSync, closeSync, readSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { firstNonFinite } from '../formats/floats.js'
import type { ImageFeatures, Matrix } from '../features/layouts/image.js'
import { DataError } from '../errors.js'
import { cannotRead } from '../files/refusal.js'
import { featuresRecord, type FeaturesRecord } from '../records.js'
import { defineStage, type Context } from '../stage.js'

export default defineStage({
  name: 'pack',
  input: featuresRecord,
  reads: ({ source }) => source === undefined,
  positional: {
    source: {
      metavar: 'SOURCE',
      describe:
        'Bottom-up-attention or LXMERT TSV, directory of .npz or .npy files, or HDF5 of another layout; default: the features of the records on stdin',
    },
  },
  options: {
    out: { required: true, metavar: 'FILE', describe: 'HDF5 file to write, in the reference layout' },
    ids: {
      many: true,
      metavar: 'NPY',
      describe: 'Image ids of the rows of a SOURCE that lacks them, from .npy files',
    },
    maxRegions: { type: 'integer', min: 1, metavar: 'N', describe: 'Keep the first N regions of an image' },
  },
  examples: [
    ['m2 pack trainval_resnet101_faster_rcnn_genome_36.tsv --out coco.hdf5', 'What m2 features reads'],
    [
      'm2 features gzipped.hdf5 < records.jsonl | m2 pack --out fast.hdf5',
      'The same, stored for reading fast',
    ],
  ],
  async *run(records, { source, out, ids, maxRegions = Infinity }, context) {
    const { createFeatureFile } = await import('../formats/hdf5/writer.js')
    const { readIds } = await import('../formats/npy.js')
    const rowIds = ids && (await Promise.all(ids.map(readIds))).flat()
    const reject = (error: DataError) => context.reject(error)
    const images =
      source === undefined ? recordFeatures(records, context) : await openSource(source, rowIds, reject)
    const writer = await createFeatureFile(out)
    const seen = new Set<string>()
    const progress = context.progress('images')
    let width: number | undefined
    try {
      for await (const image of images) {
        if (context.signal.aborted) throw new DataError(`stopped before ${out} was written`)
        const problem = check(image, seen, width)
        if (problem) {
          reject(new DataError(`${source ?? 'stdin'}: image ${image.image_id}: ${problem}`))
          continue
        }
        seen.add(image.image_id)
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
    yield { images: seen.size, features: resolve(out) }
  },
})

async function openSource(
  source: string,
  ids: readonly number[] | undefined,
  reject: (error: DataError) => void,
): Promise<AsyncIterable<ImageFeatures>> {
  try {
    if (statSync(source).isDirectory())
      return (await import('../features/layouts/folder.js')).folderFeatures(source, reject)
    const start = Buffer.alloc(4)
    const fd = openSync(source, 'r')
    readSync(fd, start, 0, 4, 0)
    closeSync(fd)
    if (start.equals(Buffer.from('\x89HDF', 'latin1')) || /\.(h5|hdf5)$/i.test(source))
      return (await import('../features/layouts/hdf5.js')).hdf5Features(source, ids, reject)
    return (await import('../features/layouts/tsv.js')).tsvFeatures(source, reject)
  } catch (error) {
    throw cannotRead(source, error)
  }
}

/** The features that records refer to or hold, at their own width. */
async function* recordFeatures(
  records: AsyncIterable<FeaturesRecord>,
  context: Context,
): AsyncGenerator<ImageFeatures> {
  const { createFeatureReader } = await import('../features/reader.js')
  const reader = createFeatureReader({ regions: 0, width: 0 })
  try {
    yield* context.each(records, async ({ image_id, features }) => ({
      image_id: String(image_id),
      features: { data: await reader.readWhole(features), shape: features.shape },
    }))
  } finally {
    await reader.close()
  }
}

/** Why an image cannot be packed; undefined if it can. */
function check({ image_id, features, boxes }: ImageFeatures, seen: Set<string>, width: number | undefined) {
  if (seen.has(image_id)) return 'it is there twice'
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

function cut({ data, shape: [rows, width] }: Matrix, maxRegions: number): Matrix {
  const kept = Math.min(rows, maxRegions)
  return { data: data.subarray(0, kept * width), shape: [kept, width] }
}
