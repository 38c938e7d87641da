/** `m2 captions`: annotations to records. */
import pLimit from 'p-limit'
import type { AnnotatedImage } from '../annotations/image.js'
import { readAnnotations } from '../annotations/read.js'
import { readIds } from '../formats/npy.js'
import { missingIds, selectCaptions } from '../annotations/selection.js'
import { UsageError } from '../errors.js'
import type { CaptionsRecord, ImageId } from '../records.js'
import { defineStage, type Context } from '../stage.js'

export default defineStage({
  name: 'captions',
  positional: {
    files: {
      many: true,
      required: true,
      metavar: 'FILE',
      describe: 'COCO, Karpathy, nocaps or TextCaps JSON, or a Flickr token file; .gz too',
    },
  },
  options: {
    ids: {
      many: true,
      metavar: 'NPY',
      describe: 'Keep only the captions whose ids are in these .npy files, in the order of the files',
    },
    missing: {
      choices: ['error', 'skip'],
      default: 'error',
      describe: 'What to do with an id of --ids that no FILE has',
    },
    split: {
      many: 'comma',
      metavar: 'NAME',
      describe: 'Keep these splits; if the files have no splits, name one',
    },
    limit: { type: 'integer', min: 1, metavar: 'N', describe: 'Stop after this many images' },
  },
  examples: [
    ['m2 captions captions_val2014.json --ids coco_test_ids.npy', "The reference's test images"],
    ['m2 captions dataset_coco.json --split train,restval', "Karpathy's training images"],
  ],
  async *run(_, { files, ids, missing, split, limit = Infinity }, context) {
    const progress = context.progress('images', Number.isFinite(limit) ? limit : undefined)
    let images = readAll(files, context)
    if (ids) {
      const reading = pLimit(4)
      const wanted = (await Promise.all(ids.map((file) => reading(() => readIds(file))))).flat()
      images = selectCaptions(images, wanted, (absent) => {
        const error = missingIds(absent, wanted.length)
        if (missing === 'error') throw error
        context.note(`${absent.length} of ${wanted.length} caption ids are in none of the files: skipped`)
      })
    }
    let count = 0
    try {
      for await (const image of images) {
        const record = inSplit(image, split)
        if (!record) continue
        progress.advance()
        yield record
        if (++count >= limit) return
      }
    } finally {
      progress.stop()
    }
    if (count === 0 && split) context.note(`no image of the files is in split ${split.join(' or ')}`)
  },
})

/** The images of all files in their order; one that an earlier file gave is passed over. */
async function* readAll(files: readonly string[], context: Context): AsyncGenerator<AnnotatedImage> {
  const given = new Set<ImageId>()
  for (const file of files) {
    let duplicates = 0
    let repeated = 0
    const duplicate = () => void duplicates++
    for await (const image of readAnnotations(file, {
      duplicate,
      reject: (error) => context.reject(error),
    })) {
      if (given.has(image.image_id)) repeated++
      else {
        given.add(image.image_id)
        yield image
      }
    }
    if (duplicates > 0) context.note(`${file}: ${duplicates} captions had the id of an earlier one: dropped`)
    if (repeated > 0) context.note(`${file}: ${repeated} images were given before: dropped`)
  }
}

/** The record of an image, or undefined for one of another split. */
function inSplit(
  { image_id, split, captions, fields }: AnnotatedImage,
  wanted: readonly string[] | undefined,
): CaptionsRecord | undefined {
  if (split !== undefined && wanted && !wanted.includes(split)) return undefined
  if (split === undefined && wanted && wanted.length > 1)
    throw new UsageError(
      `--split ${wanted.join(',')}: image ${image_id} has no split, so one name is expected`,
    )
  const name = split ?? wanted?.[0]
  const texts = captions.map(({ text }) => text)
  return { image_id, ...fields, ...(name === undefined ? {} : { split: name }), captions: texts }
}
