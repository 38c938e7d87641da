/** Writes a world: COCO annotations and features in the reference layout. */
import { join } from 'node:path'
import { replaceFile, writeFully } from '../files/replace.js'
import { createFeatureFile } from '../formats/hdf5/writer.js'
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

/**
 * Writes a world as COCO is distributed: `captions_SPLIT.json` in COCO's format for each split, and the features of all
 * images in one `features.hdf5` in the reference layout. No file is replaced before the features are complete.
 *
 * @param image makes an image of the world
 * @param splits how many images each split has; ids run on from 1
 * @returns undefined if the signal stopped it; nothing was written then
 */
export async function writeWorld(
  directory: string,
  image: (id: number) => WorldImage,
  splits: Readonly<Record<string, number>>,
  { signal, advance }: { signal?: AbortSignal; advance?: () => void } = {},
): Promise<WrittenSplit[] | undefined> {
  const documents: [split: string, document: Annotations][] = []
  function* images() {
    let id = 0
    for (const [split, count] of Object.entries(splits)) {
      const document = new Annotations()
      documents.push([split, document])
      for (const last = id + count; id < last; advance?.()) {
        const made = image(++id)
        document.add(made, split)
        yield made
      }
    }
  }
  const features = join(directory, 'features.hdf5')
  if (!(await writeRegions(features, images(), signal))) return undefined
  return Promise.all(
    documents.map(async ([split, document]) => {
      const annotations = join(directory, `captions_${split}.json`)
      await document.write(annotations)
      return {
        split,
        images: document.images.length,
        captions: document.captions.length,
        annotations,
        features,
      }
    }),
  )
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
  readonly regions: Regions
}

/** Collects the lines of an annotation file in COCO's format. */
class Annotations {
  readonly images: string[] = []
  readonly captions: string[] = []

  add({ id, width, height, captions }: WorldImage, split: string): void {
    const name = `${split}_${String(id).padStart(12, '0')}.jpg`
    this.images.push(JSON.stringify({ id, file_name: name, width, height }))
    for (const [i, caption] of captions.entries())
      this.captions.push(JSON.stringify({ image_id: id, id: (id - 1) * captions.length + i + 1, caption }))
  }

  async write(path: string): Promise<void> {
    const info = { description: 'Fixture world of m2 synth', version: '1' }
    const head = JSON.stringify({ info, licenses: [], type: 'captions' }).slice(0, -1)
    await replaceFile(path, async (handle) => {
      await writeFully(handle, Buffer.from(`${head},\n"images":[\n`))
      await writeFully(handle, Buffer.from(this.images.join(',\n')))
      await writeFully(handle, Buffer.from('\n],\n"annotations":[\n'))
      await writeFully(handle, Buffer.from(this.captions.join(',\n')))
      await writeFully(handle, Buffer.from('\n]}\n'))
    })
  }
}
