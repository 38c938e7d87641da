/** Captions whose ids are not unique, and captions that VizWiz rejects. */
import t from 'tap'
import { read, write } from './read.js'

t.test('a duplicate has the same id, image and text; other captions of the same id are kept', async (t) => {
  t.testdir()
  const annotation = (id: number | string, image_id: number, caption: string) => ({ id, image_id, caption })
  const images = [{ id: 1 }, { id: 2 }]
  const kept = [
    [1, 'a', 'b'],
    [2, 'a', 'c'],
  ]
  const files = {
    "the image's id": [
      annotation(1, 1, 'a'),
      annotation(1, 1, 'b'),
      annotation(2, 2, 'a'),
      annotation(2, 2, 'c'),
    ],
    'ids that start again in each image': [
      annotation(0, 1, 'a'),
      annotation(1, 1, 'b'),
      annotation(0, 2, 'a'),
      annotation(1, 2, 'c'),
    ],
    'one id for all': ['a', 'b', 'a', 'c'].map((text, i) => annotation('x', i < 2 ? 1 : 2, text)),
  }
  for (const [what, annotations] of Object.entries(files)) {
    const found = await read(write(t, 'coco.json', { images, annotations }))
    t.strictSame(found.captions, kept, what)
    t.match(found.notes, [/ids of captions are not unique: [23] captions .* all are kept/], what)
    const twice = await read(
      write(t, 'twice.json', { images, annotations: [...annotations, ...annotations] }),
    )
    t.strictSame(twice.captions, kept, `${what}, all twice`)
    t.match(
      twice.notes,
      [/4 captions had the id, image and text of an earlier one: dropped/, /not unique/],
      what,
    )
  }
  const same = [annotation(1, 1, 'a'), annotation(2, 1, 'a')]
  t.strictSame(
    (await read(write(t, 'same.json', { annotations: same }))).captions,
    [[1, 'a', 'a']],
    'two ids',
  )
})

t.test('in every format that has ids', async (t) => {
  t.testdir()
  const sentences = (...raws: string[]) => raws.map((raw, sentid) => ({ raw, sentid }))
  const karpathy = {
    images: [
      { filename: 'a.jpg', split: 'train', sentences: sentences('one', 'two') },
      { filename: 'b.jpg', split: 'train', sentences: sentences('one', 'three') },
    ],
  }
  const kept = [
    ['a', 'one', 'two'],
    ['b', 'one', 'three'],
  ]
  t.strictSame((await read(write(t, 'karpathy.json', karpathy))).captions, kept)
  const entry = (image_id: string, caption_id: number, caption_str: string) => ({
    image_id,
    caption_id,
    caption_str,
  })
  const data = [entry('a', 0, 'one'), entry('a', 1, 'two'), entry('b', 0, 'one'), entry('b', 1, 'three')]
  t.strictSame((await read(write(t, 'textcaps.json', { data }))).captions, kept)
  const tokens = 'a.jpg#0\tone\na.jpg#0\ttwo\nb.jpg#0\tone\nb.jpg#0\tthree\nb.jpg#0\tthree\n'
  t.strictSame((await read(write(t, 'tokens.txt', tokens))).captions, kept)
  const table = 'image,caption_id,caption\na.jpg,0,one\na.jpg,0,two\nb.jpg,0,one\nb.jpg,0,three\n'
  t.strictSame((await read(write(t, 'table.csv', table))).captions, kept)
})

t.test('VizWiz: rejected and precanned captions are dropped, with a note', async (t) => {
  t.testdir()
  const annotations = [
    { id: 1, image_id: 1, caption: 'good', is_rejected: false, is_precanned: false },
    { id: 2, image_id: 1, caption: 'spam', is_rejected: true, is_precanned: false },
    { id: 3, image_id: 2, caption: 'Quality issues are too severe', is_precanned: true },
  ]
  const file = write(t, 'vizwiz.json', { images: [{ id: 1 }, { id: 2 }], annotations })
  const { images, captions, notes } = await read(file)
  t.strictSame(captions, [[1, 'good'], [2]])
  t.strictSame(
    images.map(({ rejected }) => rejected),
    [1, 1],
  )
  t.match(notes, [/vizwiz\.json: 2 captions are marked .* dropped, as VizWiz's scorer does; --keep-rejected/])
  const all = await read(file, { keepRejected: true })
  t.strictSame(all.captions, [
    [1, 'good', 'spam'],
    [2, 'Quality issues are too severe'],
  ])
  t.strictSame(all.notes, [])
})
