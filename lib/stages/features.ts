/** `m2 features`: records with a reference to their features. */
import type { FeatureFile } from '../features/file.js'
import { gridLayouts } from '../features/layouts/grid.js'
import { DataError, UsageError } from '../errors.js'
import { isPipe } from '../files/input.js'
import { float32ToBytes } from '../formats/floats.js'
import { imageRecord, type FeatureReference, type Features } from '../records.js'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'features',
  input: imageRecord,
  positional: {
    file: {
      required: true,
      many: true,
      metavar: 'FILE',
      describe: 'HDF5 files with the features of each image; an image is looked up in the first that has it',
    },
  },
  options: {
    dataset: {
      metavar: 'PATTERN',
      describe:
        "How FILE names the features of an image: '%d_grids', '%s/features', '%d'; default: found by its names, ID_features first",
    },
    layout: {
      choices: gridLayouts,
      describe: 'Order of the dimensions of a grid, where its shape does not tell',
    },
    missing: {
      choices: ['error', 'skip'],
      default: 'error',
      describe: 'What to do with an image that no FILE has',
    },
    maxRegions: { type: 'integer', min: 1, metavar: 'N', describe: 'Keep the first N regions of an image' },
    inline: {
      type: 'boolean',
      describe: 'Put the values into the records, for pipes between machines',
    },
  },
  examples: [
    ['m2 captions captions_val2014.json | m2 features coco_detections.hdf5', 'Records that a model can read'],
    ["m2 features coco_all_align.hdf5 --dataset '%d_grids' < records.jsonl", 'Grids, where a file has both'],
  ],
  async *run(records, { file: files, dataset, layout, missing, maxRegions = Infinity, inline }, context) {
    const { openLookup } = await import('../features/lookup.js')
    for (const file of files)
      if (!inline && (await isPipe(file)))
        throw new UsageError(
          `${file} is a pipe, which later stages cannot read: --inline puts the values into the records`,
        )
    const lookup = await openLookup(files, { dataset, layout, note: (message) => context.note(message) })
    const named = files.join(', ')
    let skipped = 0
    let found = 0
    try {
      yield* context.each(records, async (record) => {
        const place = await lookup.find(record.image_id)
        if (!place) {
          if (missing === 'error')
            throw new DataError(
              `no detections for image ${record.image_id} in ${named}. --missing skip drops such images ` +
                `(${lookup.holds()})`,
            )
          skipped++
          return undefined
        }
        found++
        const { opened, ...reference } = place
        const [regions, width] = reference.shape
        const kept: FeatureReference = { ...reference, shape: [Math.min(regions, maxRegions), width] }
        return { ...record, features: inline ? await inlined(opened, kept) : kept }
      })
    } finally {
      lookup.close()
    }
    if (skipped > 0)
      context.note(`${skipped} of ${skipped + found} images have no detections in ${named}: skipped`)
  },
})

async function inlined(file: FeatureFile, { dataset, row, shape }: FeatureReference): Promise<Features> {
  const { data } = await file.readAll(dataset, row)
  const kept = data.subarray(0, shape[0] * shape[1])
  return { data: float32ToBytes(kept).toString('base64'), shape, dtype: 'float32' }
}
