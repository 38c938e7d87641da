/** Writes a world: COCO annotations, features in the reference layout, names of regions, and drawings. */
import { join } from 'node:path'
import { replaceFile, writeFully } from '../files/replace.js'
import { createFeatureFile } from '../formats/hdf5/writer.js'
import { Annotations, stemOf } from './annotations.js'
import type { Regions } from './projection.js'
import type { WorldImage } from './world.js'

/** What was written for one split. */
export interface WrittenSplit {
  readonly split: string
  readonly images: number
  readonly captions: number
  readonly annotations: string
  readonly features: string
}

export interface WriteOptions {
  /** Whether each image is also drawn, into `images/SPLIT_ID.png`. */
  readonly drawings: boolean
  readonly signal?: AbortSignal
  /** Called after the features of each image, and again after its drawing. */
  readonly advance?: () => void
}

/**
 * Writes a world as COCO is distributed: `captions_SPLIT.json` in COCO's format for each split, and the features of all
 * images in one `features.hdf5` in the reference layout; also `classes.jsonl`, what each region shows. No file is
 * replaced before the features are complete.
 *
 * @param image makes an image of the world
 * @param splits how many images each split has; ids run on from 1
 * @returns undefined if the signal stopped it
 */
export async function writeWorld(
  directory: string,
  image: (id: number) => WorldImage,
  splits: Readonly<Record<string, number>>,
  { drawings, signal, advance }: WriteOptions,
): Promise<WrittenSplit[] | undefined> {
  const documents = new Map<string, Annotations>()
  const classes: string[] = []
  function* images() {
    for (const [split, id] of idsOf(splits)) {
      const made = image(id)
      const document = documents.get(split) ?? new Annotations()
      documents.set(split, document)
      document.add(made, split)
      classes.push(`${JSON.stringify({ image_id: id, classes: made.regions.classes })}\n`)
      yield made
      advance?.()
    }
  }
  const features = join(directory, 'features.hdf5')
  if (!(await writeRegions(features, images(), signal))) return undefined
  if (drawings) {
    const { writeDrawings } = await import('./drawing/write.js')
    const drawn = drawnOf(image, splits)
    if (!(await writeDrawings(join(directory, 'images'), drawn, { signal, advance }))) return undefined
  }
  await replaceFile(join(directory, 'classes.jsonl'), (handle) =>
    writeFully(handle, Buffer.from(classes.join(''))),
  )
  return Promise.all(
    Array.from(documents, async ([split, document]) => {
      const annotations = join(directory, `captions_${split}.json`)
      await document.write(annotations)
      const { images, captions } = document
      return { split, images: images.length, captions: captions.length, annotations, features }
    }),
  )
}

function* idsOf(splits: Readonly<Record<string, number>>): Generator<[split: string, id: number]> {
  let id = 0
  for (const [split, count] of Object.entries(splits))
    for (const last = id + count; id < last;) yield [split, ++id]
}

function* drawnOf(image: (id: number) => WorldImage, splits: Readonly<Record<string, number>>) {
  for (const [split, id] of idsOf(splits)) yield { name: stemOf(split, id), layout: image(id).layout }
}

/**
 * Writes regions in the reference layout: datasets `ID_features` (n, width) and `ID_boxes` (n, 4).
 *
 * @returns false if the signal stopped it; nothing was written then
 */
export async function writeRegions(
  path: string,
  images: Iterable<Imaged> | AsyncIterable<Imaged>,
  signal?: AbortSignal,
): Promise<boolean> {
  const file = await createFeatureFile(path)
  try {
    for await (const { id, regions } of images) {
      if (signal?.aborted) break
      const { features, boxes, count } = regions
      await file.add(`${id}_boxes`, boxes, [count, 4])
      await file.add(`${id}_features`, features, [count, features.length / count])
    }
  } catch (error) {
    await file.abort()
    throw error
  }
  await (signal?.aborted ? file.abort() : file.close())
  return !signal?.aborted
}

interface Imaged {
  readonly id: number | string
  readonly regions: Pick<Regions, 'features' | 'boxes' | 'count'>
}
