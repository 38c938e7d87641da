/** Writes the drawings of a world's images as PNG files. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cannotWrite } from '../../files/refusal.js'
import { makeDirectory } from '../../files/replace.js'
import type { Layout } from '../layout.js'
import { drawScene } from './draw.js'
import { renderPng } from './png.js'

/** An image to draw, and the name of its file without the ending. */
export interface Drawn {
  readonly name: string
  readonly layout: Layout
}

/**
 * Draws images into `directory/NAME.png`, a few at a time.
 *
 * @returns false if the signal stopped it
 * @throws DataError naming the file where the system refuses
 */
export async function writeDrawings(
  directory: string,
  images: Iterable<Drawn>,
  { signal, advance }: { signal?: AbortSignal | undefined; advance?: (() => void) | undefined } = {},
): Promise<boolean> {
  await makeDirectory(directory)
  const waiting = images[Symbol.iterator]()
  const stopped = () => signal?.aborted === true
  async function work() {
    for (let next = waiting.next(); !next.done && !stopped(); next = waiting.next()) {
      const file = join(directory, `${next.value.name}.png`)
      const png = await renderPng(drawScene(next.value.layout))
      await writeFile(file, png).catch((error: unknown) => {
        throw cannotWrite(file, error)
      })
      advance?.()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return !stopped()
}

const atOnce = 4
