/** `m2 features`: records with a reference to their features. */
import { resolve } from 'node:path'
import { float32ToBytes } from '../formats/floats.js'
import { DataError, UsageError } from '../errors.js'
import { isPipe } from '../files/input.js'
import { imageRecord, indexByImage, sampleIds, type Features, type ImageId } from '../records.js'
import { defineStage } from '../stage.js'
import type { FeatureFile } from '../features/file.js'

export default defineStage({
  name: 'features',
  input: imageRecord,
  positional: {
    file: {
      required: true,
      metavar: 'FILE',
      describe: 'HDF5 file with a dataset ID_features of (regions, width) for each image',
    },
  },
  options: {
    missing: {
      choices: ['error', 'skip'],
      default: 'error',
      describe: 'What to do with an image that FILE lacks',
    },
    maxRegions: { type: 'integer', min: 1, metavar: 'N', describe: 'Keep the first N regions of an image' },
    inline: {
      type: 'boolean',
      describe: 'Put the values into the records, for pipes between machines',
    },
  },
  examples: [
    ['m2 captions captions_val2014.json | m2 features coco_detections.hdf5', 'Records that a model can read'],
  ],
  async *run(records, { file, missing, maxRegions = Infinity, inline }, context) {
    const { openFeatures } = await import('../features/file.js')
    if (!inline && (await isPipe(file)))
      throw new UsageError(
        `${file} is a pipe, which later stages cannot read: --inline puts the values into the records`,
      )
    const opened = await openFeatures((await isPipe(file)) ? file : resolve(file))
    const datasetOf = finder(opened)
    let skipped = 0
    let found = 0
    try {
      yield* context.each(records, async (record) => {
        const dataset = datasetOf(record.image_id)
        if (dataset === undefined) {
          if (missing === 'error')
            throw new DataError(
              `no detections for image ${record.image_id} in ${file}, which has ${imagesOf(opened)}. ` +
                '--missing skip drops such images',
            )
          skipped++
          return undefined
        }
        found++
        const reference = referTo(opened, dataset, maxRegions)
        return { ...record, features: inline ? await inlined(opened, reference) : reference }
      })
    } finally {
      opened.close()
    }
    if (skipped > 0)
      context.note(`${skipped} of ${skipped + found} images have no detections in ${file}: skipped`)
  },
})

const suffix = '_features'

/** Finds the dataset of an image: ID_features, or one whose ID names the same image (keyOf). */
function finder(file: FeatureFile): (id: ImageId) => string | undefined {
  let find: ReturnType<typeof indexByImage<string>> | undefined
  return (id) => {
    if (file.has(`${id}${suffix}`)) return `${id}${suffix}`
    find ??= indexByImage(idsOf(file).map((name) => [name, `${name}${suffix}`] as const))
    return find(id)
  }
}

const idsOf = (file: FeatureFile): string[] =>
  [...file.datasets()].flatMap((name) => (name.endsWith(suffix) ? [name.slice(0, -suffix.length)] : []))

function imagesOf(file: FeatureFile): string {
  const ids = idsOf(file)
  return ids.length === 0 ? 'no ID_features' : `images ${sampleIds(ids.map((image_id) => ({ image_id })))}`
}

function referTo(file: FeatureFile, dataset: string, maxRegions: number) {
  const shape = file.shape(dataset)
  const [regions, width] = shape
  if (regions === undefined || width === undefined || shape.length !== 2 || width === 0)
    throw new DataError(
      `${file.file}: ${dataset}: expected shape (regions, width), got (${shape.join(', ')})`,
    )
  const kept: [number, number] = [Math.min(regions, maxRegions), width]
  return { file: file.file, dataset, shape: kept } satisfies Features
}

async function inlined(file: FeatureFile, { dataset, shape }: ReturnType<typeof referTo>): Promise<Features> {
  const values = new Float32Array(shape[0] * shape[1])
  await file.read(dataset, values, shape[0])
  return { data: float32ToBytes(values).toString('base64'), shape, dtype: 'float32' }
}
