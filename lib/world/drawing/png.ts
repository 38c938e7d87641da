/** Turns a drawing into the bytes of a PNG. */
import sharp from 'sharp'

/** @param svg a whole SVG document @returns 8-bit RGB; the same bytes for the same drawing */
export async function renderPng(svg: string): Promise<Buffer> {
  return sharp(Buffer.from(svg)).removeAlpha().png({ compressionLevel: 6 }).toBuffer()
}
