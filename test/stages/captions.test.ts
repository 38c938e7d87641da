/** `m2 captions`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import captions from '../../lib/stages/captions.js'
import { shared, testReal } from '../shared.js'
import { collect, listen, stream } from './collect.js'

const folder = mkdtempSync(join(tmpdir(), 'm2-captions-'))
t.teardown(() => rmSync(folder, { recursive: true }))

/** Writes a file and returns its path. */
function write(name: string, content: string | Uint8Array | object): string {
  const bytes =
    typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}

type Options = Parameters<typeof captions.run>[1]

async function run(files: string | string[], options: Partial<Options> = {}, keepGoing = false) {
  const { context, said } = listen('captions', { keepGoing })
  const defaults = {
    ids: undefined,
    images: undefined,
    missing: 'error',
    split: undefined,
    nameSplit: undefined,
    keepRejected: false,
    limit: undefined,
  } as const
  const all = { ...defaults, files: [files].flat(), ...options }
  const records = await collect(captions.run(stream([]), all, context))
  return { records, said, rejected: context.rejected }
}

function npy(ids: readonly number[]): Uint8Array {
  const header = `{'descr': '<i8', 'fortran_order': False, 'shape': (${ids.length},), }`.padEnd(117) + '\n'
  const start = Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1')
  const data = new Uint8Array(BigInt64Array.from(ids, BigInt).buffer)
  return Buffer.concat([start, Buffer.from(header), data])
}

const annotation = (id: number, image_id: number | string, caption: unknown) => ({ id, image_id, caption })
const coco = write('coco.json', {
  info: { description: 'a, "b" {', url: '' },
  images: [
    { id: 7, file_name: '7.jpg', license: 1, coco_url: 'http://x/7.jpg', height: 480 },
    { id: 3, file_name: '3.jpg', domain: 'near-domain' },
    { id: 5, file_name: '5.jpg' },
  ],
  licenses: [],
  annotations: [annotation(1, 3, 'A cat.'), annotation(2, 7, 'A dog.'), annotation(3, 3, 'Two\tcats \n')],
})

t.test('COCO: images in their order, with what describes them; one without captions stays', async (t) => {
  const { records, said } = await run(coco)
  t.strictSame(records, [
    { image_id: 7, file_name: '7.jpg', height: 480, captions: ['A dog.'] },
    { image_id: 3, file_name: '3.jpg', domain: 'near-domain', captions: ['A cat.', 'Two\tcats \n'] },
    { image_id: 5, file_name: '5.jpg', captions: [] },
  ])
  t.strictSame(said, [])
  const zipped = write('no-extension', gzipSync(readFileSync(coco)))
  t.strictSame((await run(zipped)).records, records, 'gzip is seen by its content')
  t.strictSame((await run(coco, { limit: 2 })).records, records.slice(0, 2))
  t.strictSame((await run(coco, { nameSplit: 'mine' })).records[0], { ...records[0], split: 'mine' })
})

t.test('captions are kept as they are', async (t) => {
  const texts = ['', '...', '\u0000\u001b[31m', '👩‍🚀 rides 🐎', 'x'.repeat(10_000), '\ud800']
  const file = write('odd.json', {
    annotations: texts.map((text, i) => annotation(i, 'd7495e8d036dd20b', text)),
  })
  t.strictSame((await run(file)).records, [{ image_id: 'd7495e8d036dd20b', captions: texts }])
})

t.test('Karpathy: by split', async (t) => {
  const image = (cocoid: number | undefined, split: string, sentid: number) => ({
    ...(cocoid === undefined ? {} : { cocoid }),
    filename: `${cocoid ?? 'flickr_1'}.jpg`,
    split,
    imgid: 0,
    sentences: [{ raw: `caption ${sentid}`, tokens: [], sentid, imgid: 0 }],
  })
  const images = [
    image(9, 'test', 1),
    image(8, 'restval', 2),
    image(undefined, 'train', 3),
    image(7, 'val', 3),
  ]
  const file = write('karpathy.json', { images, dataset: 'coco' })
  const record = (image_id: number | string, split: string, captions: string[]) => ({
    image_id,
    file_name: `${image_id}.jpg`,
    imgid: 0,
    split,
    captions,
  })
  const { records, said } = await run(file)
  t.strictSame(records, [
    record(9, 'test', ['caption 1']),
    record(8, 'restval', ['caption 2']),
    record('flickr_1', 'train', ['caption 3']),
    record(7, 'val', ['caption 3']),
  ])
  t.match(said, [/karpathy\.json: ids of captions are not unique: 1 captions .* all are kept/])
  t.strictSame((await run(file, { split: ['train', 'restval'] })).records, records.slice(1, 3))
  t.match((await run(file, { split: ['tset'] })).said, [/all are kept/, /no image .* in split tset/])
  t.strictSame((await run(file, { ids: [write('ids.npy', npy([2, 1]))] })).records, [records[1], records[0]])
  await t.rejects(run(file, { ids: [write('ids.npy', npy([3, 1]))] }), {
    message: /caption id 3 is that of several captions \(of images flickr_1 and 7\)/,
  })
})

t.test('Flickr token files', async (t) => {
  const lines = [
    'a_1.jpg#0\tA dog .',
    'a_1.jpg#1\tTwo # dogs .\r',
    'b.jpg.1#0\tA cat .',
    'a_1.jpg#0\tagain',
    'a_1.jpg#0\tagain',
  ]
  const file = write('Flickr8k.token.txt', lines.join('\n'))
  const { records, said } = await run(file)
  t.strictSame(records, [
    { image_id: 'a_1', file_name: 'a_1.jpg', captions: ['A dog .', 'Two # dogs .', 'again'] },
    { image_id: 'b.jpg.1', file_name: 'b.jpg.1', captions: ['A cat .'] },
  ])
  t.match(said, [/1 captions had the id, image and text/, /1 captions have the id of another one/])
  await t.rejects(run(write('bad.txt', 'a.jpg#0\tA dog .\nb.jpg A cat\n')), {
    message: /bad\.txt:2: expected name/,
  })
})

t.test('TextCaps: entries of an image together', async (t) => {
  const entry = (image_id: string, caption_id: number, caption_str?: string) => ({
    image_id,
    caption_id,
    caption_str,
    reference_strs: ['one', 'two'],
    set_name: 'val',
    image_width: 4,
    image_height: 3,
  })
  const data = [entry('a', 1, 'one'), entry('b', 2), entry('a', 3, 'two'), entry('a', 3, 'two')]
  const fields = { width: 4, height: 3, split: 'val', captions: ['one', 'two'] }
  const { records } = await run(write('textcaps.json', { dataset_type: 'val', data }))
  t.strictSame(records, [
    { image_id: 'a', ...fields },
    { image_id: 'b', ...fields },
  ])
})

t.test('--ids: images and captions in the order of the ids, over all the files', async (t) => {
  const second = write('second.json', { annotations: [annotation(9, 4, 'A bird.')] })
  const ids = [write('a.npy', npy([3, 9])), write('b.npy', npy([1, 1]))]
  const { records } = await run([coco, second], { ids })
  t.strictSame(
    records.map((record) => 'captions' in record && record.captions),
    [['Two\tcats \n', 'A cat.'], ['A bird.']],
  )
  await t.rejects(run(coco, { ids }), { name: 'DataError', message: /1 of the 4 caption ids .* first is 9/ })
  const skipped = await run(coco, { ids, missing: 'skip' })
  t.equal(skipped.records.length, 1)
  t.match(skipped.said, [/1 of 4 caption ids .* skipped/])
})

t.test('duplicates and repeated images are counted', async (t) => {
  const annotations = [annotation(1, 3, 'A cat.'), annotation(1, 3, 'A cat.'), annotation(4, 3, 'A cat.')]
  const file = write('twice.json', { images: [], annotations })
  const { records, said } = await run([file, coco])
  t.strictSame(records[0], { image_id: 3, captions: ['A cat.', 'A cat.'] })
  t.equal(records.length, 3)
  t.match(said, [/twice\.json: 1 captions .* dropped/, /coco\.json: 1 images were given before: dropped/])
})

t.test('--split selects from files with splits, --name-split names', async (t) => {
  const file = write('splits.json', {
    images: [
      { id: 1, split: 'train' },
      { id: 2, split: 'test' },
    ],
    annotations: [annotation(1, 1, 'a'), annotation(2, 2, 'b')],
  })
  const ids = async (options: Partial<Options>) => (await run(file, options)).records
  t.match(await ids({ split: ['test'] }), [{ image_id: 2, split: 'test' }])
  t.match(await ids({ split: ['test'], nameSplit: 'mine' }), [{ image_id: 2, split: 'mine' }])
  for (const split of ['train', 'val', 'test'])
    await t.rejects(run(write('Flickr.txt', 'a.jpg#0\tA dog .\n'), { split: [split] }), {
      name: 'DataError',
      message: new RegExp(
        `--split ${split}: image a has no split.*--name-split ${split} names.*--images LIST`,
      ),
    })
})

t.test('--images: the images of a list of files or ids', async (t) => {
  const names = ['1_a.jpg', '2_b.jpg', '3_c.jpg']
  const tokens = write('tokens.txt', names.map((name) => `${name}#0\tA dog .`).join('\n'))
  const found = async (list: string, options: Partial<Options> = {}) =>
    (await run(tokens, { images: [list], ...options })).records.map(
      (record) => 'image_id' in record && record.image_id,
    )
  t.strictSame(await found(write('train.txt', '3_c.jpg\r\n1_a.jpg\r\n\r\n')), ['1_a', '3_c'])
  t.strictSame(await found(write('ids.json', ['2_b', '2_b.jpg'])), ['2_b'])
  const numbers = await run(coco, { images: [write('ids.npy', npy([5, 7]))] })
  t.match(numbers.records, [{ image_id: 7 }, { image_id: 5 }])
  const named = await run(coco, {
    images: [write('names.txt', '000000000003.jpg\nCOCO_val2014_000000000005.jpg\n')],
  })
  t.match(named.records, [{ image_id: 3 }, { image_id: 5 }])
  const more = write('more.txt', '1_a.jpg\n9_x.jpg\n')
  await t.rejects(found(more), {
    name: 'DataError',
    message:
      /1 of the 2 images of .*more\.txt are in none of the files \(the first is "9_x\.jpg"; the files have "1_a", /,
  })
  t.strictSame(await found(more, { missing: 'skip' }), ['1_a'])
  await t.rejects(found(write('bad.json', '[{"id": 1}]')), {
    message: /bad\.json: \[0\]: expected the name or the id/,
  })
  await t.rejects(run(write('list.txt', '1_a.jpg\n2_b.jpg\n')), {
    message: /a list of images: --images selects/,
  })
})

t.test('bad input is an error that names the file and the place', async (t) => {
  const whole = readFileSync(coco)
  const bad: [string | Uint8Array | object, RegExp][] = [
    [whole.subarray(0, -30), /bad: the file ends early; .*annotations\[\d\], byte \d+/],
    [gzipSync(whole).subarray(0, -30), /bad: the gzip file ends early/],
    [Buffer.concat([gzipSync(whole).subarray(0, 40), Buffer.alloc(400, 1)]), /bad: the gzip file is damaged/],
    ['\n<!DOCTYPE html><html><title>Sign in</title>', /bad: expected data, got a web page: "Sign in"/],
    ['', /bad: the file is empty/],
    [
      '[{"image_id": 1, "caption": "a"}]',
      /bad: \[0\]: expected \{"image","caption"\} .* m2 score --candidates reads it/,
    ],
    ['word\n', /bad: expected COCO captions/],
    [{ images: 3 }, /bad: expected COCO captions .* without images, annotations or data/],
    [
      { annotations: [{ id: 1, caption: 'a' }] },
      /bad: annotations\[0\]\.image_id: expected a number or a string/,
    ],
    [
      { annotations: [annotation(1, 2, 'a'), annotation(1, 2, 5)] },
      /annotations\[1\]\.caption: expected a string/,
    ],
    [{ annotations: [{ id: 1, image_id: 2, bbox: [] }] }, /captions_\*\.json is the one needed/],
    [{ annotations: [7] }, /annotations\[0\]: /],
    [{ images: [{ cocoid: 1, sentences: [{}] }] }, /images\[0\]\.filename: /],
    [{ data: [{ image_id: null }] }, /data\[0\]\.image_id: /],
  ]
  for (const [content, message] of bad)
    await t.rejects(run(write('bad', content)), { name: 'DataError', message }, String(message))
  await t.rejects(run(join(folder, 'none')), { name: 'DataError', message: /cannot read .*none: ENOENT/ })
})

t.test('--keep-going drops bad annotations alone', async (t) => {
  const annotations = [{ id: 1, caption: 'lost' }, annotation(2, 3, 'kept')]
  const { records, said, rejected } = await run(write('some.json', { annotations }), {}, true)
  t.strictSame(records, [{ image_id: 3, captions: ['kept'] }])
  t.equal(rejected, 1)
  t.match(said, [/"error":".*annotations\[0\]\.image_id/])
})

const real = (name: string) => shared('data', 'coco', name) ?? ''
testReal(t, [shared('data', 'coco', 'captions_val2014.json.gz')], 'real COCO', async (t) => {
  const count = (records: object[]) => [
    records.length,
    records.reduce((sum, record) => sum + ('captions' in record ? [record.captions].flat().length : 0), 0),
  ]
  for (const split of ['test', 'val']) {
    const { records } = await run(real('dataset_coco_testval.json.gz'), { split: [split] })
    t.strictSame(count(records), [5000, 25_010], split)
  }
  const both = [real('captions_train2014_subset.json.gz'), real('captions_val2014.json.gz')]
  const ids = ['coco_test_ids.npy', 'coco_dev_ids.npy', 'coco_train_subset_ids.npy'].map(real)
  const { records } = await run(both, { ids })
  t.strictSame(count(records.slice(0, 5000)), [5000, 25_000], 'test')
  t.strictSame(count(records.slice(5000, 10_000)), [5000, 25_000], 'dev')
  t.strictSame(count(records.slice(10_000)), [3384, 16_924], 'subset of train')
  t.match(records[0], { image_id: 391895 })
  t.match(records[5000], { image_id: 184613 })
  t.match(records[10_000], { image_id: 61 })
  t.strictSame(count((await run(real('captions_val2014.json.gz'))).records), [40_504, 202_654])
})
