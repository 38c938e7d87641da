/** Photographs of every kind that people have, and files that only look like one. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import t from 'tap'
import { readPhotograph, sizeOfPhotograph } from '../../lib/detection/photograph.js'
import { pictureOf, resizedSize } from '../../lib/detection/resize.js'
import { near } from '../near.js'

const options = { rotate: true, maxPixels: 1e6 }

/** Four colours, a quarter each: red and green above blue and white. */
const [width, height] = [40, 20]
const colours = [
  [200, 30, 30],
  [30, 200, 30],
  [30, 30, 200],
  [250, 250, 250],
] as const
const pixels = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
  const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
  return colours[(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)]![i % 3]!
})
const image = () => sharp(pixels, { raw: { width, height, channels: 3 } })

/** The colour in the middle of each quarter. */
function quarters({
  pixels,
  width,
  height,
}: {
  pixels: Uint8Array
  width: number
  height: number
}): number[] {
  return [0.25, 0.75].flatMap((y) =>
    [0.25, 0.75].flatMap((x) => {
      const at = 3 * (Math.floor(y * height) * width + Math.floor(x * width))
      return [...pixels.subarray(at, at + 3)]
    }),
  )
}

t.test('formats, depths and colour spaces', async (t) => {
  const folder = t.testdir()
  const check = async (
    name: string,
    bytes: Buffer,
    tolerance: number,
    expected: number[] = colours.flat(),
  ) => {
    const file = join(folder, name)
    writeFileSync(file, bytes)
    const found = await readPhotograph(file, options)
    t.same([found.width, found.height, found.pixels.length], [width, height, 3 * width * height], name)
    near(t, quarters(found), expected, tolerance, `${name}: colours`)
  }
  await check('a.jpg', await image().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(), 2)
  await check('progressive.jpg', await image().jpeg({ quality: 95, progressive: true }).toBuffer(), 12)
  await check('a.png', await image().png().toBuffer(), 0)
  await check('palette.png', await image().png({ palette: true }).toBuffer(), 6)
  await check('16.png', await image().toColourspace('rgb16').png().toBuffer(), 1)
  await check('a.webp', await image().webp({ lossless: true }).toBuffer(), 0)
  await check('a.tiff', await image().tiff({ compression: 'lzw' }).toBuffer(), 0)
  await check('a.gif', await image().gif().toBuffer(), 6)
  await check('cmyk.jpg', await image().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(), 90)
  const single = await image().greyscale().raw().toBuffer()
  const grey = quarters({
    pixels: Uint8Array.from({ length: 3 * single.length }, (_, i) => single[Math.floor(i / 3)]!),
    width,
    height,
  })
  await check('grey.jpg', await image().greyscale().jpeg({ quality: 100 }).toBuffer(), 2, grey)
  await check('grey16.png', await image().toColourspace('grey16').png().toBuffer(), 2, grey)
  const alpha = await image().ensureAlpha(0).png().toBuffer()
  await check(
    'alpha.png',
    alpha,
    0,
    Array.from({ length: 12 }, () => 255),
  )
  const profiled = await image()
    .withIccProfile('p3')
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer()
  t.ok((await sharp(profiled).metadata()).icc, 'there is a profile to leave alone')
})

t.test('turned as EXIF says, unless it is not to be', async (t) => {
  const file = join(t.testdir(), 'turned.jpg')
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    await image()
      .withMetadata({ orientation })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toFile(file)
    const found = await readPhotograph(file, options)
    const expected = await sharp(file).autoOrient().raw().toBuffer({ resolveWithObject: true })
    t.same(
      [found.width, found.height],
      [expected.info.width, expected.info.height],
      `orientation ${orientation}`,
    )
    near(t, quarters(found), quarters({ pixels: expected.data, ...expected.info }), 2, 'colours')
    t.same(
      await sizeOfPhotograph(file, options),
      { width: found.width, height: found.height },
      'from the header',
    )
    const left = await readPhotograph(file, { ...options, rotate: false })
    near(t, quarters(left), colours.flat(), 2, 'left as it is')
  }
})

t.test('an animation counts by its first frame', async (t) => {
  const file = join(t.testdir(), 'two.webp')
  const black = await sharp({ create: { width, height, channels: 3, background: 'black' } })
    .png()
    .toBuffer()
  await sharp([await image().png().toBuffer(), black], { join: { animated: true } })
    .webp({ lossless: true })
    .toFile(file)
  t.equal((await sharp(file).metadata()).pages, 2)
  const found = await readPhotograph(file, options)
  t.same([found.width, found.height], [width, height])
  near(t, quarters(found), colours.flat(), 0, 'colours of the first')
})

t.test('files that are not photographs', async (t) => {
  const folder = t.testdir({
    'empty.jpg': '',
    'text.jpg': 'this is a text\n',
    'page.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
  })
  const fails = async (name: string, message: RegExp) =>
    t.rejects(readPhotograph(join(folder, name), options), { name: 'DataError', message }, name)
  await fails('empty.jpg', /empty\.jpg: the file is empty; expected a photograph/)
  await fails('text.jpg', /text\.jpg: expected a whole JPEG, PNG, WebP, TIFF or GIF: .*unsupported/)
  await fails('page.svg', /page\.svg: expected a JPEG, PNG, WebP, TIFF or GIF, got svg/)
  await fails('none.jpg', /none\.jpg: ENOENT, there is no such file/)
  const noise = Uint8Array.from({ length: 3 * 200 * 200 }, (_, i) => (i * 7919) % 251)
  const jpeg = await sharp(noise, { raw: { width: 200, height: 200, channels: 3 } })
    .jpeg()
    .toBuffer()
  for (const share of [0.3, 0.6, 0.95]) {
    writeFileSync(join(folder, 'cut.jpg'), jpeg.subarray(0, Math.floor(jpeg.length * share)))
    await fails('cut.jpg', /cut\.jpg: expected a whole JPEG/)
  }
  writeFileSync(join(folder, 'large.png'), pngHeader(30_000, 30_000))
  const limit = { rotate: true, maxPixels: 200_000_000 }
  await t.rejects(readPhotograph(join(folder, 'large.png'), limit), {
    name: 'DataError',
    message: /30000 x 30000 pixels are more than --max-pixels 200000000/,
  })
})

/** A PNG that says its size, and has no pixels. */
function pngHeader(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    check.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, check])
  }
  const size = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]) // eight bits, three channels
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([
    start,
    chunk('IHDR', size),
    chunk('IDAT', deflateSync('')),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

t.test('resizing keeps half-pixel centres, and sizes round as the ports round them', async (t) => {
  const ramp = {
    width: 4,
    height: 1,
    pixels: Uint8Array.from([0, 0, 0, 60, 60, 60, 120, 120, 120, 180, 180, 180]),
  }
  const mean = [0, 0, 0] as const
  const twice = pictureOf(ramp, { width: 8, height: 1, color: 'rgb', mean })
  near(t, twice.subarray(0, 8), [0, 15, 45, 75, 105, 135, 165, 180], 1e-4, 'twice as wide')
  const half = pictureOf(ramp, { width: 2, height: 1, color: 'rgb', mean })
  near(t, half.subarray(0, 2), [30, 150], 1e-4, 'half as wide: two samples, not an average of all')
  const bgr = pictureOf(
    { width: 1, height: 1, pixels: Uint8Array.of(1, 2, 3) },
    { width: 1, height: 1, color: 'bgr', mean: [1, 1, 1], std: [2, 2, 2] },
  )
  near(t, bgr, [1, 0.5, 0], 0, 'blue first, less the mean, over the deviation')
  const size = (width: number, height: number) =>
    Object.values(resizedSize({ width, height }, { min: 600, max: 1000, least: 16 }))
  t.same(size(640, 480), [800, 600])
  t.same(size(500, 375), [800, 600])
  t.same(size(1000, 300), [1000, 300], 'the longer side is the limit')
  t.same(size(1, 500), [16, 1000], 'never less than a cell')
})
