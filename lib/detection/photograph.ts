/** Photographs from files: decoded to RGB bytes, turned as their camera was held. */
import type { Sharp } from 'sharp'
import { DataError, messageOf } from '../errors.js'
import { readWhole } from '../files/read.js'

/** Decoded pixels. */
export interface Photograph {
  readonly width: number
  readonly height: number
  /** (height, width, 3) bytes: red, green, blue */
  readonly pixels: Uint8Array
}

export interface PhotographOptions {
  /** Whether to turn it as its EXIF orientation says. */
  readonly rotate: boolean
  /** Most pixels that a photograph may have; each takes three bytes of memory. */
  readonly maxPixels: number
}

/**
 * Reads a JPEG, PNG, WebP, TIFF or GIF of any colour space and depth: 16 bits are cut to 8, transparency shows white, of an
 * animation the first frame counts. Colour profiles are left alone, as detectors were trained without them, but for CMYK.
 *
 * @throws DataError where the file cannot be read, is of another format, is truncated, or has more pixels than allowed
 */
export async function readPhotograph(file: string, options: PhotographOptions): Promise<Photograph> {
  const { image, cmyk } = await openPhotograph(file, options)
  const turned = options.rotate ? image.autoOrient() : image
  const flat = turned.flatten({ background: 'white' }).toColourspace('srgb')
  try {
    const { data, info } = await flat.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    if (channels === 3) return { width, height, pixels: data }
    if (channels === 1) return { width, height, pixels: repeated(data) }
    throw new DataError(`expected one or three channels, got ${channels}${cmyk ? ' (CMYK)' : ''}`)
  } catch (error) {
    throw broken(file, error)
  }
}

/** Width and height as the photograph is shown, of which only the header is read. Throws as {@link readPhotograph}. */
export async function sizeOfPhotograph(
  file: string,
  options: PhotographOptions,
): Promise<{ width: number; height: number }> {
  const { width, height } = await openPhotograph(file, options)
  return { width, height }
}

const formats = new Set(['jpeg', 'png', 'webp', 'tiff', 'gif', 'heif'])

async function openPhotograph(file: string, { rotate, maxPixels }: PhotographOptions) {
  const bytes = await readWhole(file)
  if (bytes.length === 0) throw new DataError(`${file}: the file is empty; expected a photograph`)
  const open = await sharpOf()
  const options = { failOn: 'error', limitInputPixels: false, sequentialRead: true } as const
  let found
  try {
    found = await open(bytes, options).metadata()
  } catch (error) {
    throw broken(file, error)
  }
  const { format, space, orientation = 1 } = found
  const [width, height] = [found.width, found.pageHeight ?? found.height]
  if (!formats.has(format))
    throw new DataError(`${file}: expected a JPEG, PNG, WebP, TIFF or GIF, got ${format}`)
  if (width * height > maxPixels)
    throw new DataError(
      `${file}: ${width} x ${height} pixels are more than --max-pixels ${maxPixels}; it would need ` +
        `${Math.ceil((width * height * 3) / 2 ** 30)} GiB of memory`,
    )
  const cmyk = space === 'cmyk'
  const image: Sharp = open(bytes, { ...options, ignoreIcc: !cmyk })
  const lying = rotate && orientation >= 5
  return { image, cmyk, width: lying ? height : width, height: lying ? width : height }
}

/** sharp, once it is needed; its own cache would hold photographs that do not come back. */
async function sharpOf() {
  const { default: sharp } = await import('sharp').catch((error: unknown) => {
    throw new DataError(
      `photographs need sharp, which did not load: ${messageOf(error).split('\n')[0]} ` +
        'npm install sharp, without --omit=optional, brings it.',
      { cause: error },
    )
  })
  sharp.cache(false)
  sharp.concurrency(1) // decoding is one thread's work; several photographs are decoded at once
  return sharp
}

/** Grey as three equal channels. */
function repeated(grey: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(3 * grey.length)
  for (let i = 0; i < grey.length; i++) pixels.fill(grey[i]!, 3 * i, 3 * i + 3)
  return pixels
}

function broken(file: string, error: unknown): DataError {
  const why = messageOf(error)
    .replace(/^Input buffer (has corrupt header: )?/, '')
    .split('\n')[0]
  return new DataError(`${file}: expected a whole JPEG, PNG, WebP, TIFF or GIF: ${why}`, { cause: error })
}
