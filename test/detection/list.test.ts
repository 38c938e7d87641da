/** Names of photographs, and the ids that are made of them. */
import { join } from 'node:path'
import t from 'tap'
import { listPhotographs, withIds } from '../../lib/detection/list.js'

t.test("ids are COCO's numbers, else names; none stands for two files", async (t) => {
  const ids = (...files: string[]) => withIds(files).map(({ image_id }) => image_id)
  t.same(ids('x/COCO_val2014_000000000042.jpg', '000000391895.jpg', 'me.and.you.png', '000456.jpg'), [
    42,
    391895,
    'me.and.you',
    456,
  ])
  t.same(ids('a/1.jpg', 'b/1.jpg', 'a/2.jpg'), ['a:1.jpg', 'b:1.jpg', '2'])
  t.same(ids('a/1.jpg', 'a/1.png'), ['1.jpg', '1.png'])
  t.same(ids('x/a/1.jpg', 'y/a/1.jpg'), ['x:a:1.jpg', 'y:a:1.jpg'])
  t.same(ids('a/COCO_val2014_000000000042.jpg', 'b/000000000042.jpg'), [
    'COCO_val2014_000000000042.jpg',
    '000000000042.jpg',
  ])
  t.same(ids('a/1.jpg', './a/1.jpg'), ['1'], 'one file named twice')
})

t.test('folders give their photographs, by name', async (t) => {
  const folder = t.testdir({ b: { '2.JPG': '', '1.png': '', 'notes.txt': '' }, empty: {}, 'a.jpg': '' })
  const found = await listPhotographs([join(folder, 'b'), join(folder, 'a.jpg')])
  t.same(
    found.map(({ file_name }) => file_name),
    [join(folder, 'b', '1.png'), join(folder, 'b', '2.JPG'), join(folder, 'a.jpg')],
  )
  await t.rejects(listPhotographs([join(folder, 'empty')]), {
    name: 'DataError',
    message: /expected photographs .* in it, got none/,
  })
  await t.rejects(listPhotographs([join(folder, 'none.jpg')]), { name: 'DataError', message: /ENOENT/ })
})
