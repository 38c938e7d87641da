/** Ids of images, and the files that are named after them. */
import t from 'tap'
import { imageOfFile, indexByImage, keyOf, sampleIds } from '../lib/records.js'

t.test('the image that a file name names', async (t) => {
  const names = {
    '000000000044.npz': 44,
    'COCO_val2014_000000000042.jpg': 42,
    COCO_train2014_000000391895: 391895,
    'val2014/COCO_val2014_000000000042.jpg': 42,
    'x.tif': 'x',
    'folder/sub/x.TIFF': 'x',
    '1000268201_693b08cb0e.jpg': '1000268201_693b08cb0e',
    '1000092795.jpg': '1000092795',
    '2258277193_586949ec62.jpg.1': '2258277193_586949ec62.jpg.1',
    d7495e8d036dd20b: 'd7495e8d036dd20b',
    '.jpg': '.jpg',
    '000': 0,
    '00012345678901234567890': '00012345678901234567890',
    'v1.5': 'v1.5',
    __proto__x: '__proto__x',
    'ends/': 'ends/',
  }
  for (const [file, id] of Object.entries(names)) t.strictSame(imageOfFile(file), id, file)
  t.equal(keyOf(42), '42')
  t.equal(keyOf('COCO_val2014_000000000042.jpg'), '42')
  t.equal(keyOf('042'), '42')
})

t.test("images are found by their id, else by their key where that is one image's", async (t) => {
  const find = indexByImage([
    [42, 'a'],
    ['x.tif', 'b'],
    ['007', 'c'],
    [7, 'd'],
    ['__proto__', 'e'],
    ['y.jpg', 'f'],
    ['y.png', 'g'],
  ])
  t.strictSame(
    [
      42,
      '42',
      'COCO_val2014_000000000042.jpg',
      'x',
      'x.npz',
      '007',
      7,
      '__proto__',
      'y.jpg',
      'y',
      '07',
      'constructor',
    ].map(find),
    ['a', 'a', 'a', 'b', 'b', 'c', 'd', 'e', 'f', undefined, undefined, undefined],
  )
  t.equal(sampleIds([42, 'x', 3, 4, 5].map((image_id) => ({ image_id }))), '42, "x", 3 and 2 more')
})
