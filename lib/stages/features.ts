/** `m2 features`: records with a reference to their features. */
import { resolve } from 'node:path'
import { float32ToBytes } from '../formats/floats.js'
import { DataError } from '../errors.js'
import { imageRecord, type Features } from '../records.js'
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
    const opened = await openFeatures(resolve(file))
    let skipped = 0
    let found = 0
    try {
      yield* context.each(records, async (record) => {
        const dataset = `${record.image_id}_features`
        if (!opened.has(dataset)) {
          if (missing === 'error')
            throw new DataError(
              `no detections for image ${record.image_id} in ${file}. --missing skip drops such images`,
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
