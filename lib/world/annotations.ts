/** The annotation file of one split of a world, in COCO's format. */
import { replaceFile, writeFully } from '../files/replace.js'
import type { WorldImage } from './world.js'

/** Collects images and captions, a line each, until the file is written. */
export class Annotations {
  readonly images: string[] = []
  readonly captions: string[] = []

  add({ id, width, height, captions }: WorldImage, split: string): void {
    this.images.push(JSON.stringify({ id, file_name: `${stemOf(split, id)}.jpg`, width, height }))
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

/** The name of an image's file without its ending. */
export const stemOf = (split: string, id: number) => `${split}_${String(id).padStart(12, '0')}`
