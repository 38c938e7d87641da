/** `m2 detect`: from photographs to records with the features of their regions. */
import { isAbsolute, join, resolve } from 'node:path'
import * as z from 'zod'
import { chooseShard, shardOf } from '../decoding/shard.js'
import { detectOptions, type DetectOptions } from '../detection/options.js'
import { boxesOf, classesOf, inlineOf } from '../detection/regions-record.js'
import { openStore } from '../detection/store.js'
import { DataError, UsageError } from '../errors.js'
import { imageId, type ImageId } from '../records.js'
import { defineStage } from '../stage.js'

const photographRecord = z.looseObject({ image_id: imageId, file_name: z.string().min(1) })
type PhotographRecord = z.infer<typeof photographRecord>
type Options = DetectOptions & { readonly photo?: readonly string[] | undefined }

export default defineStage({
  name: 'detect',
  input: photographRecord,
  reads: ({ photo }) => !photo?.length,
  positional: {
    photo: {
      many: true,
      metavar: 'PHOTO',
      describe: 'Photographs, or folders of them; default: the `file_name` of the records on stdin',
    },
  },
  options: detectOptions,
  examples: [
    [
      'm2 detect photos --detector detectors/vg | m2 decode --model runs/m2 | m2 report --images photos --out page.html',
      'Captions of your own photographs, and a page that shows them',
    ],
    [
      'm2 detect train2014 val2014 --detector detectors/vg --out coco.hdf5 --resume > coco.jsonl',
      "COCO's features; after an interruption the same command goes on",
    ],
  ],
  async *run(records, options, context) {
    if (options.resume && options.out === undefined) throw new UsageError('--resume goes with --out')
    const [{ openDetector }, { detectorFolder }, { ahead }, { readPhotograph }] = await Promise.all([
      import('../detection/open.js'),
      import('../detection/locate.js'),
      import('../detection/ahead.js'),
      import('../detection/photograph.js'),
    ])
    const { list, total } = await photographs(records, options)
    const folder = await detectorFolder(options.detector, (text) => context.note(text))
    await checkModel(options.model, folder)
    const detector = await openDetector(folder, options, options)
    const store = options.out === undefined ? undefined : await openStore(options.out, folder, options)
    const progress = context.progress('photographs', total)
    const paths = new Map<ImageId, string>()
    try {
      const begun = ahead(list, options.jobs, async (record) => {
        const path = pathOf(record, options.images)
        onePath(paths, record.image_id, path)
        const stored = await store?.find(record.image_id, path)
        return stored ?? { path, photograph: await readPhotograph(path, options) }
      })
      const found = context.each(begun, async ({ item, result }) => {
        const one = await result
        if ('record' in one) return { item, ...one }
        return { item, ...one, regions: await detector.detect(one.photograph) }
      })
      for await (const one of found) {
        if ('regions' in one) {
          const { width, height } = one.photograph
          const classes = classesOf(one.regions, detector)
          const record = { width, height, ...(classes && { classes }) }
          yield store
            ? { ...one.item, ...(await store.add(one.item.image_id, one.path, one.regions, record)) }
            : { ...one.item, ...record, boxes: boxesOf(one.regions), features: inlineOf(one.regions) }
        } else yield { ...one.item, ...one.record }
        progress.advance()
      }
      await store?.close()
    } finally {
      progress.stop()
      await store?.leave()
      detector.dispose()
    }
  },
})

/** The photographs of this shard, and how many they are, where that is known. */
async function photographs(records: AsyncIterable<PhotographRecord>, { photo, shard }: Options) {
  const part = chooseShard(shard, process.env)
  if (!photo?.length) return { list: shardOf(records, part), total: undefined }
  const { listPhotographs } = await import('../detection/list.js')
  const listed = await listPhotographs(photo)
  const list: PhotographRecord[] = []
  for await (const one of shardOf(each(listed), part)) list.push({ ...one })
  return { list, total: list.length }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

const pathOf = ({ file_name }: PhotographRecord, images: string | undefined): string =>
  resolve(images === undefined || isAbsolute(file_name) ? file_name : join(images, file_name))

/** An id is one photograph's. Throws DataError for a second one. */
function onePath(paths: Map<ImageId, string>, id: ImageId, path: string): void {
  const before = paths.get(id)
  if (before !== undefined && before !== path)
    throw new DataError(`image ${id} is ${before} as well as ${path}; each photograph needs an id of its own`)
  paths.set(id, path)
}

/** Throws DataError where the model reads features of another width than the detector makes. */
async function checkModel(model: string | undefined, folder: string): Promise<void> {
  if (model === undefined) return
  const { readDetectorConfig } = await import('../detection/folder.js')
  const { readModelDirectory } = await import('../checkpoint/directory.js')
  const { width } = await readDetectorConfig(folder)
  const { featureWidth } = (await readModelDirectory(model)).config.model
  if (width !== featureWidth)
    throw new DataError(
      `${folder} makes regions of ${width} numbers, ${model} reads regions of ${featureWidth}: expected a model that ` +
        'was trained on this detector, or the detector that it was trained on',
    )
}
