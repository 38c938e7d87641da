/** `m2 captions`: annotations to records. */
import pLimit from 'p-limit'
import { countFindings } from '../annotations/findings.js'
import type { AnnotatedImage } from '../annotations/image.js'
import { readAnnotations } from '../annotations/read.js'
import { missingIds, readImageList, selectCaptions, selectImages } from '../annotations/selection.js'
import { DataError } from '../errors.js'
import { readIds } from '../formats/npy.js'
import type { CaptionsRecord, ImageId } from '../records.js'
import { defineStage, type Context } from '../stage.js'

export default defineStage({
  name: 'captions',
  positional: {
    files: {
      many: true,
      required: true,
      metavar: 'FILE',
      describe:
        'COCO, Karpathy, nocaps or TextCaps JSON, a JSON list, a Flickr token file or a table with a header; .gz too',
    },
  },
  options: {
    ids: {
      many: true,
      metavar: 'NPY',
      describe: 'Keep only the captions whose ids are in these .npy files, in the order of the files',
    },
    images: {
      many: true,
      metavar: 'LIST',
      describe: 'Keep the images of these lists of file names or ids, such as Flickr_8k.trainImages.txt',
    },
    missing: {
      choices: ['error', 'skip'],
      default: 'error',
      describe: 'What to do with an id of --ids or an image of --images that no FILE has',
    },
    split: {
      many: 'comma',
      metavar: 'NAME',
      describe: 'Keep the images of these splits, of files that have splits',
    },
    nameSplit: { metavar: 'NAME', describe: 'Name the split of the records' },
    keepRejected: {
      type: 'boolean',
      describe: 'Keep captions that VizWiz marks as rejected or precanned, which its scorer drops',
    },
    limit: { type: 'integer', min: 1, metavar: 'N', describe: 'Stop after this many images' },
  },
  examples: [
    ['m2 captions captions_val2014.json --ids coco_test_ids.npy', "The reference's test images"],
    ['m2 captions dataset_coco.json --split train,restval', "Karpathy's training images"],
    [
      'm2 captions Flickr8k.token.txt --images Flickr_8k.trainImages.txt --name-split train',
      "Flickr8k's training images",
    ],
  ],
  async *run(_, options, context) {
    const { ids, images: lists, missing, split, nameSplit, limit = Infinity } = options
    const progress = context.progress('images', Number.isFinite(limit) ? limit : undefined)
    const skip = (error: DataError, note: string) => {
      if (missing === 'error') throw error
      context.note(note)
    }
    let images = readAll(options, context)
    if (ids) {
      const wanted = await readLists(ids, readIds)
      images = selectCaptions(images, wanted, (absent, sample) =>
        skip(
          missingIds(absent, wanted.length, sample),
          `${absent.length} of ${wanted.length} caption ids are in none of the files: skipped`,
        ),
      )
    }
    if (lists) {
      const wanted = await readLists(lists, readImageList)
      images = selectImages(images, wanted, (absent, sample) => {
        const problem = `${absent.length} of the ${wanted.length} images of ${lists.join(', ')} are in none of the files`
        skip(
          new DataError(
            `${problem} (the first is ${JSON.stringify(absent[0])}; the files have ${sample}). --missing skip goes on ` +
              'without them',
          ),
          `${problem}: skipped`,
        )
      })
    }
    let count = 0
    try {
      for await (const image of images) {
        if (split && !isIn(image, split)) continue
        progress.advance()
        yield recordOf(image, nameSplit)
        if (++count >= limit) return
      }
    } finally {
      progress.stop()
    }
    if (count === 0 && split) context.note(`no image of the files is in split ${split.join(' or ')}`)
  },
})

async function readLists(
  files: readonly string[],
  read: (file: string) => Promise<ImageId[]>,
): Promise<ImageId[]> {
  const reading = pLimit(4)
  return (await Promise.all(files.map((file) => reading(() => read(file))))).flat()
}

/** The images of all files in order; those that an earlier file gave are left out. */
async function* readAll(
  { files, keepRejected }: { files: readonly string[]; keepRejected?: boolean | undefined },
  context: Context,
): AsyncGenerator<AnnotatedImage> {
  const given = new Set<ImageId>()
  for (const file of files) {
    let repeated = 0
    const findings = countFindings(file, {
      note: (message) => context.note(message),
      reject: (error) => context.reject(error),
      keepRejected,
    })
    for await (const image of readAnnotations(file, findings)) {
      if (given.has(image.image_id)) repeated++
      else {
        given.add(image.image_id)
        yield image
      }
    }
    findings.tell()
    if (repeated > 0) context.note(`${file}: ${repeated} images were given before: dropped`)
  }
}

/** Whether an image is in one of the splits. Throws DataError for one without a split. */
function isIn({ image_id, split }: AnnotatedImage, wanted: readonly string[]): boolean {
  if (split !== undefined) return wanted.includes(split)
  throw new DataError(
    `--split ${wanted.join(',')}: image ${image_id} has no split. --split selects from files that have splits; ` +
      `--name-split ${wanted[0]} names the split of records, and --images LIST selects images`,
  )
}

function recordOf(
  { image_id, split, captions, fields }: AnnotatedImage,
  nameSplit: string | undefined,
): CaptionsRecord {
  const name = nameSplit ?? split
  const texts = captions.map(({ text }) => text)
  return { image_id, ...fields, ...(name === undefined ? {} : { split: name }), captions: texts }
}
