/** Resizing of decoded photographs: bilinear, with half-pixel centres and no antialiasing, as detectors were trained with. */
import type { Photograph } from './photograph.js'

export interface PictureOptions {
  /** Pixels of the picture. */
  readonly width: number
  readonly height: number
  /** The order of the picture's channels. */
  readonly color: 'rgb' | 'bgr'
  /** Of each channel, in that order: (value - mean) / std of bytes from 0 to 255. */
  readonly mean: readonly [number, number, number]
  readonly std?: readonly [number, number, number]
}

/**
 * A photograph as a network takes it.
 *
 * @returns (3, height, width)
 */
export function pictureOf(
  { pixels, width: fromWidth, height: fromHeight }: Photograph,
  { width, height, color, mean, std = [1, 1, 1] }: PictureOptions,
): Float32Array {
  const columns = samplesOf(fromWidth, width)
  const rows = samplesOf(fromHeight, height)
  const out = new Float32Array(3 * height * width)
  const upper = new Float32Array(3 * width)
  const lower = new Float32Array(3 * width)
  const rowLength = 3 * fromWidth
  const plane = height * width
  for (let y = 0; y < height; y++) {
    const share = rows.share[y]!
    resizeRow(pixels, rows.from[y]! * rowLength, columns, upper)
    resizeRow(pixels, rows.to[y]! * rowLength, columns, lower)
    for (let channel = 0; channel < 3; channel++) {
      const source = color === 'rgb' ? channel : 2 - channel
      const scale = 1 / std[channel]!
      const shift = mean[channel]!
      let at = channel * plane + y * width
      for (let x = source; x < 3 * width; x += 3) {
        const above = upper[x]!
        out[at++] = (above + share * (lower[x]! - above) - shift) * scale
      }
    }
  }
  return out
}

/** Where each sample of a resized axis lies between two of the original: `from` and `to`, and the share of `to`. */
function samplesOf(length: number, resized: number) {
  const from = new Int32Array(resized)
  const to = new Int32Array(resized)
  const share = new Float32Array(resized)
  const scale = Math.fround(length / resized) // places are float32, as PyTorch's are
  for (let i = 0; i < resized; i++) {
    const at = Math.max(0, Math.fround(Math.fround(scale * (i + 0.5)) - 0.5))
    from[i] = Math.min(Math.floor(at), length - 1)
    to[i] = Math.min(from[i]! + 1, length - 1)
    share[i] = at - from[i]!
  }
  return { from, to, share }
}

/** One row of three interleaved channels, from byte `start`. */
function resizeRow(
  pixels: Uint8Array,
  start: number,
  { from, to, share }: ReturnType<typeof samplesOf>,
  out: Float32Array,
): void {
  for (let x = 0, at = 0; x < from.length; x++, at += 3) {
    const left = start + 3 * from[x]!
    const right = start + 3 * to[x]!
    const part = share[x]!
    for (let channel = 0; channel < 3; channel++) {
      const value = pixels[left + channel]!
      out[at + channel] = value + part * (pixels[right + channel]! - value)
    }
  }
}

/**
 * The size that a photograph is resized to: its shorter side `min`, or the longer one `max` where that would exceed it. A
 * side of less than a cell is stretched to one, since no network has features of less.
 */
export function resizedSize(
  { width, height }: { readonly width: number; readonly height: number },
  { min, max, least }: { readonly min: number; readonly max: number; readonly least: number },
): { readonly width: number; readonly height: number } {
  const scale = Math.min(min / Math.min(width, height), max / Math.max(width, height))
  const size = (length: number) => Math.max(least, Math.floor(length * scale + 0.5))
  return { width: size(width), height: size(height) }
}
