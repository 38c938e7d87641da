/** m2 synth: the fixture world, or simulated features of real images. */
import { join } from 'node:path'
import * as z from 'zod'
import { DataError, UsageError } from '../errors.js'
import { imageId, imageRecord, type ImageId, type ImageRecord } from '../records.js'
import { makeDirectory } from '../files/replace.js'
import { defineStage, type Context } from '../stage.js'

export default defineStage({
  name: 'synth',
  stops: 'clear',
  input: imageRecord,
  reads: ({ objects, all }) => objects !== undefined && !all,
  options: {
    out: { required: true, describe: 'Directory to write to, made if need be', metavar: 'DIR' },
    images: {
      type: 'integer',
      min: 3,
      default: 1000,
      describe: 'Images of the world, all splits together',
      metavar: 'N',
    },
    val: {
      type: 'integer',
      min: 1,
      describe: 'Images of the validation split; default: a tenth of --images',
      metavar: 'N',
    },
    test: {
      type: 'integer',
      min: 1,
      describe: 'Images of the test split; default: a tenth of --images',
      metavar: 'N',
    },
    captions: { type: 'integer', min: 1, default: 5, describe: 'Captions of an image', metavar: 'N' },
    width: {
      type: 'integer',
      min: 1,
      describe: 'Width of a feature; default: 256, with --objects 2048',
      metavar: 'N',
    },
    noise: {
      type: 'number',
      min: 0,
      default: 0.5,
      describe: 'Standard deviation of the noise in a feature, where that of what it shows is 1',
      metavar: 'SIGMA',
    },
    seed: { type: 'integer', min: 0, default: 1, describe: 'Seed of the world', metavar: 'N' },
    noDrawings: {
      type: 'boolean',
      describe: 'Do not draw the images; by default each is drawn into images/SPLIT_ID.png of DIR',
    },
    objects: {
      describe:
        'Make features of the real images on stdin instead, from {"image_id","objects"} lines; .gz too',
      metavar: 'FILE',
    },
    all: { type: 'boolean', describe: 'Take every image in FILE instead of those on stdin, for --objects' },
  },
  examples: [
    [
      'm2 synth --out world --images 2000 && m2 captions world/captions_train.json',
      'A world to train on in minutes',
    ],
    [
      'm2 captions dataset_coco.json --split test | m2 synth --objects objects.jsonl --out simulated',
      'Features for real images, simulated from their object classes',
    ],
  ],
  async *run(records, options, context) {
    await makeDirectory(options.out)
    if (options.objects === undefined) yield* synthesizeWorld(options, context)
    else yield* synthesizeFeatures(records, { ...options, objects: options.objects }, context)
  },
})

interface WorldOptions {
  out: string
  images: number
  val: number | undefined
  test: number | undefined
  captions: number
  width: number | undefined
  noise: number
  seed: number
  all: boolean
  noDrawings: boolean
}

async function* synthesizeWorld(options: WorldOptions, context: Context): AsyncGenerator<object> {
  const tenth = Math.max(1, Math.round(options.images / 10))
  const { out, images, val = tenth, test = tenth, width = 256, all, noDrawings } = options
  if (all) throw new UsageError('--all goes with --objects')
  const train = images - val - test
  if (train < 1)
    throw new UsageError(`--images ${images} leaves none to train on beside --val ${val} and --test ${test}`)
  const [{ createWorld }, { writeWorld }] = await Promise.all([
    import('../world/world.js'),
    import('../world/write.js'),
  ])
  const progress = context.progress('images', noDrawings ? images : 2 * images)
  const image = createWorld({ ...options, width })
  const watch = {
    drawings: !noDrawings,
    signal: context.signal,
    advance: () => progress.advance(),
  }
  const written = await writeWorld(out, image, { train, val, test }, watch)
  progress.stop()
  yield* written ?? []
}

const objectsRecord = z.looseObject({ image_id: imageId, objects: z.array(z.string()) })

async function* synthesizeFeatures(
  records: AsyncIterable<ImageRecord>,
  { out, objects: file, all, width = 2048, noise, seed }: WorldOptions & { objects: string },
  context: Context,
): AsyncGenerator<object> {
  const [{ createObjectRegions }, { writeRegions }, { readRecordFile }] = await Promise.all([
    import('../world/objects.js'),
    import('../world/write.js'),
    import('../formats/jsonl.js'),
  ])
  const objects = new Map<ImageId, readonly string[]>()
  for await (const [record] of readRecordFile(file, objectsRecord))
    objects.set(record.image_id, record.objects)
  const regionsOf = createObjectRegions({ seed, width, noise })
  const wanted = all ? everyImage(objects.keys()) : records
  const path = join(out, 'features.hdf5')
  const progress = context.progress('images', all ? objects.size : undefined)
  const made = new Set<ImageId>()
  const images = context.each(wanted, ({ image_id: id }) => {
    const found = objects.get(id)
    if (!found) throw new DataError(`no objects of image ${id} in ${file}`)
    if (made.has(id)) return undefined // an image may come once for each of its captions
    made.add(id)
    progress.advance()
    return { id, regions: regionsOf(id, found) }
  })
  const written = await writeRegions(path, images, context.signal)
  progress.stop()
  if (written) yield { images: made.size, features: path }
}

async function* everyImage(ids: Iterable<ImageId>): AsyncGenerator<ImageRecord> {
  for (const image_id of ids) yield { image_id }
}
