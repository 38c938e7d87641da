/** Pictures for the page: found by name or id, made smaller, turned as they should be. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { openPhotographs } from '../../lib/report/photographs.js'

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#3a7' } })

t.test('pictures are found by name, stem and id, and made smaller', async (t) => {
  const folder = t.testdir({ 'broken.jpg': 'not a picture', 'notes.txt': '' })
  await picture(400, 300).jpeg().toFile(join(folder, 'COCO_val2014_000000000042.jpg'))
  await picture(64, 36).png().toFile(join(folder, '000000000007.png'))
  const photographs = await openPhotographs(folder, 100)
  t.match(await photographs.embed({ image_id: 42 }), { uri: /^data:image\/webp;base64,/, width: 400, height: 300 }) // prettier-ignore
  t.match(await photographs.embed({ image_id: '7' }), { width: 64, height: 36 })
  t.match(await photographs.embed({ image_id: 9, file_name: 'a/000000000007.png' }), { width: 64 })
  t.match(
    await photographs.embed({ image_id: 9, file_name: '000000000007.jpg' }),
    { width: 64 },
    'any ending',
  )
  t.equal(await photographs.embed({ image_id: 8 }), undefined)
  t.same(photographs.counts, { found: 4, unreadable: 0 })
  t.equal(await photographs.embed({ image_id: 'broken' }), undefined)
  t.same(photographs.counts, { found: 5, unreadable: 1 })
  await t.rejects(openPhotographs(join(folder, 'nowhere'), 1), /expected a directory of photographs/)
})

t.test('a photograph of 12 million pixels is small in the page', async (t) => {
  const folder = t.testdir({})
  const noise = Buffer.from(Array.from({ length: 3 * 400 * 300 }, (_, i) => (i * 2654435761) >>> 24))
  const large = await sharp(noise, { raw: { width: 400, height: 300, channels: 3 } })
    .resize(4000, 3000)
    .jpeg({ quality: 100 })
    .toBuffer()
  writeFileSync(join(folder, '1.jpg'), large)
  t.ok(large.length > 4e6, `the file has ${large.length} bytes`)
  const { uri = '' } = (await (await openPhotographs(folder, 480)).embed({ image_id: 1 })) ?? {}
  t.ok(uri.length > 1000 && uri.length < 250_000, `in the page it has ${uri.length}`)
})

t.test('a photograph is turned as its EXIF says, unless the record says that it was not', async (t) => {
  const folder = t.testdir({})
  await picture(40, 20).jpeg().withMetadata({ orientation: 6 }).toFile(join(folder, '1.jpg'))
  const photographs = await openPhotographs(folder, 100)
  t.match(await photographs.embed({ image_id: 1 }), { width: 20, height: 40 })
  t.match(await photographs.embed({ image_id: 1, width: 20, height: 40 }), { width: 20, height: 40 })
  t.match(await photographs.embed({ image_id: 1, width: 40, height: 20 }), { width: 40, height: 20 })
})
