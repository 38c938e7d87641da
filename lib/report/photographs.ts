/** Finds the picture of an image in a folder and makes it small enough for the page. */
import { readdir } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { DataError } from '../errors.js'
import { cannotRead } from '../files/refusal.js'
import type { ImageId } from '../records.js'

/** A picture that is part of the page. */
export interface Photograph {
  readonly uri: string
  /** Of the file, before it was made smaller. */
  readonly width: number
  readonly height: number
}

/** What is known about an image; its size is that of the boxes' coordinates. */
export interface ImageFacts {
  readonly image_id: ImageId
  readonly file_name?: string | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
}

export interface Photographs {
  /** undefined where the folder has no picture of the image, or one that cannot be decoded. */
  embed(image: ImageFacts): Promise<Photograph | undefined>
  /** How many were found, and of those how many could not be decoded. */
  readonly counts: { readonly found: number; readonly unreadable: number }
}

/**
 * Finds pictures by the name of their file, with any ending, or by an id that it ends with.
 *
 * @param directory of files named as COCO's (`COCO_val2014_000000391895.jpg`), or by the bare id
 * @param width in pixels that larger pictures are reduced to
 * @throws DataError where the directory cannot be read
 */
export async function openPhotographs(directory: string, width: number): Promise<Photographs> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw new DataError(
      `--images: expected a directory of photographs; ${cannotRead(directory, error).message}`,
    )
  })
  const byKey = keysOf(names)
  const counts = { found: 0, unreadable: 0 }
  return {
    counts,
    async embed(image) {
      const { image_id, file_name = '' } = image
      const name =
        byKey.get(basename(file_name)) ??
        byKey.get(stemOf(basename(file_name))) ??
        byKey.get(keyOf(String(image_id)))
      if (name === undefined) return undefined
      counts.found++
      const made = await shrink(join(directory, name), image, width)
      if (!made) counts.unreadable++
      return made
    },
  }
}

function keysOf(names: readonly string[]): ReadonlyMap<string, string> {
  const byKey = new Map<string, string>()
  for (const name of names)
    if (endings.has(extname(name).toLowerCase())) {
      const stem = stemOf(name)
      for (const key of [name, stem, keyOf(stem), keyOf(stem.replace(/^.*_(?=\d+$)/, ''))])
        byKey.set(key, name)
    }
  return byKey
}

const endings = new Set(['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.gif', '.avif'])

const stemOf = (name: string) => name.slice(0, name.length - extname(name).length)

/** Ids with and without their leading zeros are the same. */
const keyOf = (stem: string) => stem.replace(/^0+(?=\d)/, '')

/** A WebP of at most `most` pixels width, turned as its EXIF says unless the image's size says that it was not. */
async function shrink(file: string, image: ImageFacts, most: number): Promise<Photograph | undefined> {
  const { default: sharp } = await import('sharp')
  try {
    const picture = sharp(file)
    const { width, height, autoOrient } = await picture.metadata()
    const unturned = image.width === width && image.height === height
    const size = unturned ? { width, height } : autoOrient
    const bytes = await (unturned ? picture : picture.autoOrient())
      .resize({ width: Math.min(most, size.width) })
      .webp({ quality: 72 })
      .toBuffer()
    return {
      uri: `data:image/webp;base64,${bytes.toString('base64')}`,
      width: size.width,
      height: size.height,
    }
  } catch {
    return undefined
  }
}
