/** Finds the picture of an image in a folder and embeds it in the page. */
import { readFile, readdir, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { DataError } from '../errors.js'
import { cannotRead } from '../files/refusal.js'
import type { ImageId } from '../records.js'

/** A photograph that lies within the page. */
export interface Photograph {
  readonly uri: string
  readonly width: number
  readonly height: number
}

/** Finds photographs by the name of their file, or by an id that it ends with, and embeds them. */
export interface Photographs {
  /** undefined where there is none, it is too large, or it is no JPEG or PNG. */
  embed(image: { image_id: ImageId; file_name?: string | undefined }): Promise<Photograph | undefined>
  /** How many were too large. */
  readonly tooLarge: number
}

/**
 * @param directory of files named as COCO's (`COCO_val2014_000000391895.jpg`), or by the bare id
 * @param most bytes of a photograph that is embedded
 * @throws DataError where the directory cannot be read
 */
export async function openPhotographs(directory: string, most: number): Promise<Photographs> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw new DataError(
      `--images: expected a directory of photographs; ${cannotRead(directory, error).message}`,
    )
  })
  const byKey = new Map<string, string>()
  for (const name of names)
    if (extname(name).toLowerCase() in types) {
      const stem = name.slice(0, -extname(name).length)
      byKey.set(name, name)
      byKey.set(keyOf(stem.replace(/^.*_(?=\d+$)/, '')), name)
      byKey.set(keyOf(stem), name)
    }
  let tooLarge = 0
  return {
    get tooLarge() {
      return tooLarge
    },
    async embed({ image_id, file_name }) {
      const name = byKey.get(basename(file_name ?? '')) ?? byKey.get(keyOf(String(image_id)))
      if (name === undefined) return undefined
      const path = join(directory, name)
      if ((await stat(path)).size > most) {
        tooLarge++
        return undefined
      }
      const bytes = await readFile(path)
      const size = sizeOfImage(bytes)
      const type = types[extname(name).toLowerCase()]
      return size && { uri: `data:${type};base64,${bytes.toString('base64')}`, ...size }
    },
  }
}

const types: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
}

/** Ids with and without their leading zeros are the same. */
const keyOf = (stem: string) => stem.replace(/^0+(?=\d)/, '')

/** Width and height, from the header of a PNG (its IHDR chunk) or a JPEG (its frame header, ITU T.81, B.2.2). */
export function sizeOfImage(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length >= 24 && bytes.readUInt32BE(0) === 0x89504e47)
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined
  for (let at = 2; at + 9 <= bytes.length;) {
    const marker = bytes[at + 1]!
    if (bytes[at] !== 0xff) return undefined
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}
