/** Annotation files of every format, read right, and refused well where they have a mistake. */
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { read, write } from './read.js'

t.test('lists of BLIP and LAVIS', async (t) => {
  t.testdir()
  const list = [
    { caption: 'A dog.', image: 'val2014/COCO_val2014_000000000042.jpg', image_id: 'coco_42' },
    { image: 'val2014/COCO_val2014_000000000043.jpg', caption: ['one', 'two'] },
    { caption: 'Two dogs.', image: 'val2014/COCO_val2014_000000000042.jpg', image_id: 'coco_42' },
    { image: 'flickr/100.png', caption: 'three' },
  ]
  const { images, captions } = await read(write(t, 'blip.json', list))
  t.strictSame(captions, [
    [42, 'A dog.', 'Two dogs.'],
    [43, 'one', 'two'],
    ['100', 'three'],
  ])
  t.match(images[0]?.fields, { file_name: 'val2014/COCO_val2014_000000000042.jpg' })
  await t.rejects(read(write(t, 'bad.json', [{ image: 'a.jpg', caption: 3 }])), {
    message: /bad\.json: \[0\]\.caption: /,
  })
})

t.test("neuraltalk2's coco_raw.json", async (t) => {
  t.testdir()
  const list = [
    { file_path: 'train2014/COCO_train2014_000000057870.jpg', id: 57870, captions: ['a', 'b', 'a'] },
  ]
  t.strictSame((await read(write(t, 'coco_raw.json', list))).captions, [[57870, 'a', 'b', 'a']])
  const own = [{ file_path: 'x/y.jpg', id: 7, captions: ['a'] }]
  t.strictSame((await read(write(t, 'own.json', own))).captions, [[7, 'a']])
  await t.rejects(read(write(t, 'bad.json', [{ id: 7, captions: ['a'] }])), {
    message: /bad\.json: \[0\]: expected \{"image","caption"\} as in BLIP or \{"file_path","captions"\}/,
  })
})

t.test("pycocoevalcap's captions by image", async (t) => {
  t.testdir()
  const captions = {
    11: ['a man', 'a person'],
    x7: [{ image_id: 'x7', caption: 'a dog' }],
    12: [],
    13: 'a cat',
  }
  t.strictSame((await read(write(t, 'gts.json', captions))).captions, [
    [11, 'a man', 'a person'],
    [12],
    [13, 'a cat'],
    ['x7', 'a dog'],
  ])
  await t.rejects(read(write(t, 'bad.json', '{"11": ["a man"], "12": [7]}')), {
    message: /bad\.json: "12"(\[0\])?: expected a list of captions/,
  })
})

t.test("Kaggle's captions.txt and Flickr30k's results.csv", async (t) => {
  t.testdir()
  const kaggle =
    'image,caption\r\n1_a.jpg,A dog runs .\r\n1_a.jpg,"A dog , ""brown"" , runs ."\r\n2_b.jpg,A, b\r\n'
  const { images, captions } = await read(write(t, 'captions.txt', kaggle))
  t.strictSame(captions, [
    ['1_a', 'A dog runs .', 'A dog , "brown" , runs .'],
    ['2_b', 'A, b'],
  ])
  t.strictSame(images[0]?.fields, { file_name: '1_a.jpg' })
  const flickr = [
    'image_name| comment_number| comment',
    '1000092795.jpg| 0| Two young guys | look .',
    '2199200615.jpg| 3| A dog .',
    '2199200615.jpg| 4   A dog runs across the grass .',
  ]
  t.strictSame((await read(write(t, 'results.csv', gzipSync(flickr.join('\n'))))).captions, [
    ['1000092795', 'Two young guys | look .'],
    ['2199200615', 'A dog .', 'A dog runs across the grass .'],
  ])
  const file = write(t, 'bad.csv', 'image,caption\nno comma here\n2.jpg,x\n')
  await t.rejects(read(file), {
    message: /bad\.csv:2: expected 2 columns with "," between them, got "no comma/,
  })
  const going = await read(file, { keepGoing: true })
  t.strictSame(going.captions, [['2', 'x']])
  t.equal(going.rejected.length, 1)
})

t.test('records of m2 captions', async (t) => {
  t.testdir()
  const line = (record: object) => `${JSON.stringify(record)}\n`
  const long = line({ long: 'x'.repeat(5000), image_id: 2, split: 'test', captions: ['b'] })
  const text = line({ image_id: 1, captions: ['a'], references: ['r'] }) + long
  const { images, captions } = await read(write(t, 'records.jsonl', text))
  t.strictSame(captions, [
    [1, 'r'],
    [2, 'b'],
  ])
  t.equal(images[1]?.split, 'test')
  await t.rejects(read(write(t, 'none.jsonl', '{"image_id":1}\n')), {
    message: /none\.jsonl:1: expected "captions"/,
  })
})

t.test('odd names of images and members are kept', async (t) => {
  t.testdir()
  const annotations = [
    { id: 1, image_id: '__proto__', caption: 'a' },
    { id: 2, image_id: 'constructor', caption: 'b' },
    { id: '__proto__', image_id: 'toString', caption: 'c' },
  ]
  t.strictSame((await read(write(t, 'coco.json', { annotations }))).captions, [
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['toString', 'c'],
  ])
  t.strictSame((await read(write(t, 'gts.json', '{"__proto__": ["a"], "valueOf": ["b"]}'))).captions, [
    ['__proto__', 'a'],
    ['valueOf', 'b'],
  ])
})

t.test('ids of 64 bits keep their digits', async (t) => {
  t.testdir()
  const text = `{"images":[{"id":10205894160297483265}],"annotations":[
    {"id":9007199254740993,"image_id":10205894160297483265,"caption":"a"},
    {"id":9007199254740992,"image_id":10205894160297483265,"caption":"b"}]}`
  const { images } = await read(write(t, 'coco.json', text))
  t.strictSame(images[0]?.image_id, '10205894160297483265')
  t.strictSame(
    images[0]?.captions.map(({ id }) => id),
    ['9007199254740993', '9007199254740992'],
  )
})

t.test('files of other kinds are named and not printed', async (t) => {
  t.testdir()
  const bytes = (text: string) => Buffer.from(text, 'latin1')
  const bad: [string | Uint8Array | object, RegExp][] = [
    [bytes('PK\x03\x04\x14\0'), /bad: expected text, got a zip archive \(such as a PyTorch checkpoint/],
    [bytes('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'), /bad: expected text, got a PyTorch checkpoint/],
    [bytes('\xff\xd8\xff\xe0\0\x10JFIF'), /bad: expected text, got a JPEG image/],
    [
      Buffer.concat([Buffer.alloc(16), bytes('\xde\xc0\xef\xbe')]),
      /bad: expected text, got an LMDB database/,
    ],
    [bytes('\x89HDF\r\n\x1a\n'), /got an HDF5 file/],
    [Buffer.alloc(100, 7), /got a binary file/],
    [gzipSync(Buffer.alloc(100)), /bad: expected text, got a (TFRecord file or another )?binary file/],
    ['1.jpg\n2.jpg\n', /this looks like a list of images: --images selects/],
    [{ results: [] }, /got a JSON object without images, annotations or data/],
  ]
  for (const [content, message] of bad)
    await t.rejects(read(write(t, 'bad', content)), { name: 'DataError', message }, String(message))
})
