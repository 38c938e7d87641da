/** `m2 pack`. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import * as h5wasm from 'h5wasm/node'
import t from 'tap'
import { createFeatureFile } from '../../lib/formats/hdf5/writer.js'
import { openFeatures } from '../../lib/features/file.js'
import { tsvRows } from '../../lib/formats/tsv.js'
import type { FeaturesRecord } from '../../lib/records.js'
import pack from '../../lib/stages/pack.js'
import { h5py, noH5py } from '../h5py.js'
import { collect, listen, stream } from './collect.js'

await h5wasm.ready
const folder = mkdtempSync(join(tmpdir(), 'm2-pack-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const out = join(folder, 'out.hdf5')

type Options = Parameters<typeof pack.run>[1]

/** Packs, and returns the shape and values of every dataset. */
async function run(
  { source, ...options }: Omit<Partial<Options>, 'source'> & { source?: string | string[] | undefined },
  records: FeaturesRecord[] = [],
  keepGoing = false,
) {
  rmSync(out, { force: true })
  const { context, said } = listen('pack', { keepGoing })
  const named = {
    source: typeof source === 'string' ? [source] : source,
    dataset: undefined,
    layout: undefined,
  }
  const all = { ...named, ids: undefined, maxRegions: undefined, base: undefined, out, ...options }
  const given = await collect(pack.run(stream(records), all, context))
  const opened = await openFeatures(out)
  const datasets: Record<string, [number[], number[]]> = {}
  for (const name of opened.datasets()) {
    const shape = [...opened.shape(name)]
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1))
    await opened.read(name, data)
    datasets[name] = [shape, [...data]]
  }
  opened.close()
  return { given, datasets, said, context }
}

const base64 = (values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer).toString('base64')
const row = (id: string, n: number, boxes: string, features: string) =>
  [id, 640, 480, n, boxes, features].join('\t')

t.test('rows of a TSV, however the bytes are cut', async (t) => {
  const field = fc.stringMatching(/^[^\t\n\r]{0,20}$/)
  const rows = fc.array(
    fc.array(field, { minLength: 1, maxLength: 4 }).filter((row) => row.join('').length > 0),
  )
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      async (rows, cut, newline, ended) => {
        const text = rows.map((row) => row.join('\t')).join(newline) + (ended ? newline : '')
        const bytes = Buffer.from(text)
        async function* chunks() {
          for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut)
        }
        const found = await collect(tsvRows(chunks(), 'a.tsv'))
        t.strictSame(
          found.map(({ fields }) => fields.map(String)),
          rows,
        )
        t.strictSame(
          found.map(({ line }) => line),
          rows.map((_, i) => i + 1),
        )
      },
    ),
  )
})

t.test('TSV: bottom-up attention and LXMERT, gzipped or not', async (t) => {
  const boxes = base64([0, 0, 1, 1, 2, 2, 3, 3])
  const lxmert = [
    'COCO_val2014_000000000042',
    480,
    640,
    'AA==',
    'AA==',
    'AA==',
    'AA==',
    2,
    boxes,
    base64([9, 8, 7, 6]),
  ]
  const text = `${row('391895', 2, boxes, base64([1, 2, 3, 4]))}\r\n${lxmert.join('\t')}\n`
  const source = join(folder, 'features.tsv')
  for (const bytes of [text, gzipSync(text)]) {
    writeFileSync(source, bytes)
    const { datasets, given } = await run({ source })
    t.strictSame(given, [{ images: 2, features: out }])
    t.strictSame(datasets, {
      '391895_boxes': [
        [2, 4],
        [0, 0, 1, 1, 2, 2, 3, 3],
      ],
      '391895_features': [
        [2, 2],
        [1, 2, 3, 4],
      ],
      '42_boxes': [
        [2, 4],
        [0, 0, 1, 1, 2, 2, 3, 3],
      ],
      '42_features': [
        [2, 2],
        [9, 8, 7, 6],
      ],
    })
  }
  t.strictSame((await run({ source, maxRegions: 1 })).datasets['42_features'], [
    [1, 2],
    [9, 8],
  ])
})

t.test('TSV: each broken line is named, and costs only itself under --keep-going', async (t) => {
  const source = join(folder, 'broken.tsv')
  const boxes = base64([0, 0, 1, 1])
  const good = (id: string) => row(id, 1, boxes, base64([1, 2]))
  const cases: [string, RegExp][] = [
    [row('7', 1, boxes, base64([1, 2]).slice(0, -3)), /:2: image 7: features: broken base64: 9 characters/],
    [row('7', 1, boxes, `${base64([1, 2]).slice(0, 4)}\u0001***${base64([1])}`), /features: broken base64/],
    [row('7', 1, boxes, base64([1, 2, 3])), /image 7: expected features of width 2, as before, got 3/],
    [
      row('7', 2, boxes, base64([1, 2])),
      /image 7: boxes: expected rows of 4 values for 2 boxes, got 4 values/,
    ],
    [row('7', 3, boxes, base64([1, 2])), /image 7: features: expected whole rows for 3 boxes, got 2 values/],
    [row('7', 1, boxes, base64([1, NaN])), /image 7: expected finite values, got NaN in region 0/],
    [row('6', 1, boxes, base64([1, 2])), /image 6: it is there twice/],
    [row('7', -1, boxes, base64([1, 2])), /num_boxes: expected a count, got "-1"/],
    ['7\t640', /image 7: expected \{"num_boxes","features"\} of VinVL/],
  ]
  for (const [line, message] of cases) {
    writeFileSync(source, [good('6'), line, good('8')].join('\n'))
    await t.rejects(run({ source }), { name: 'DataError', message }, String(message))
    t.notOk(existsSync(out), 'nothing is written')
    const { datasets, context } = await run({ source }, [], true)
    t.strictSame(Object.keys(datasets).sort(), ['6_boxes', '6_features', '8_boxes', '8_features'])
    t.equal(context.rejected, 1)
  }
  t.strictSame(
    readdirSync(folder).filter((name) => name.includes('tmp')),
    [],
  )
})

t.test('inline and referring records', async (t) => {
  const file = join(folder, 'from.hdf5')
  const writer = await createFeatureFile(file)
  await writer.add('5_features', Float32Array.of(1, 2, 3, 4), [2, 2])
  await writer.close()
  const records: FeaturesRecord[] = [
    { image_id: 'd74', features: { data: base64([5, 6]), shape: [1, 2], dtype: 'float32' } },
    { image_id: 5, features: { file, dataset: '5_features', shape: [2, 2] } },
  ]
  t.strictSame((await run({}, records)).datasets, {
    d74_features: [
      [1, 2],
      [5, 6],
    ],
    '5_features': [
      [2, 2],
      [1, 2, 3, 4],
    ],
  })
  await t.rejects(run({}, [...records, records[0]!]), { message: /stdin: image d74: it is there twice/ })
})

t.test('HDF5 of other layouts', async (t) => {
  const source = join(folder, 'layout.h5')
  const make = (build: (file: h5wasm.File) => void) => {
    const file = new h5wasm.File(source, 'w')
    build(file)
    file.close()
  }
  const numbers = Float32Array.from({ length: 12 }, (_, i) => i)
  make((file) => file.create_dataset({ name: '7_grids', data: numbers, shape: [4, 3] }))
  t.strictSame((await run({ source })).datasets, { '7_features': [[4, 3], [...numbers]] })

  make((file) => {
    file.create_dataset({
      name: '7_features',
      data: Float64Array.from(numbers),
      shape: [4, 3],
      chunks: [2, 3],
      compression: 'gzip',
    })
    file.create_dataset({ name: '7_boxes', data: numbers.subarray(0, 4), shape: [1, 4] })
  })
  t.strictSame((await run({ source })).datasets, {
    '7_features': [[4, 3], [...numbers]],
    '7_boxes': [
      [1, 4],
      [0, 1, 2, 3],
    ],
  })

  make((file) => {
    file.create_dataset({ name: 'image_id', data: Int32Array.of(30, 40), shape: [2] })
    file.create_dataset({ name: 'num_boxes', data: Int32Array.of(2, 1), shape: [2] })
    file.create_dataset({ name: 'features', data: numbers, shape: [2, 2, 3] })
  })
  t.strictSame((await run({ source })).datasets, {
    '30_features': [
      [2, 3],
      [0, 1, 2, 3, 4, 5],
    ],
    '40_features': [
      [1, 3],
      [6, 7, 8],
    ],
  })

  make((file) => {
    file.create_dataset({ name: 'image_features', data: numbers, shape: [2, 2, 3] })
    file.create_dataset({
      name: 'image_bb',
      data: Float32Array.from({ length: 16 }, (_, i) => i),
      shape: [2, 2, 4],
    })
  })
  await t.rejects(run({ source }), { message: /image_features do not say whose they are: m2 pack --ids NPY/ })
  const header = Buffer.from(`{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }`.padEnd(117) + '\n')
  const ids = join(folder, 'ids.npy')
  writeFileSync(
    ids,
    Buffer.concat([
      Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1'),
      header,
      new Uint8Array(BigInt64Array.of(3n, 4n).buffer),
    ]),
  )
  const { datasets } = await run({ source, ids: [ids] })
  t.strictSame(datasets['4_features'], [
    [2, 3],
    [6, 7, 8, 9, 10, 11],
  ])
  t.strictSame(datasets['4_boxes'], [
    [2, 4],
    [8, 9, 10, 11, 12, 13, 14, 15],
  ])
  await t.rejects(run({ source, ids: [ids, ids] }), {
    message: /expected 2 image ids, one per row .*, got 4/,
  })

  make((file) => file.create_dataset({ name: 'x', data: numbers, shape: [12] }))
  await t.rejects(run({ source }), { name: 'DataError', message: /expected ID_features, .* it has x/ })
})

t.test('what numpy and h5py write', { skip: noH5py }, async (t) => {
  h5py(
    `
import os
x = np.arange(12, dtype='f4').reshape(4, 3)
for d in ['cocobu_att', 'cocobu_box', 'milvlg', 'xmodaler']: os.makedirs(os.path.join(argv[0], d))
p = lambda *a: os.path.join(argv[0], *a)
np.savez_compressed(p('cocobu_att', '391895.npz'), feat=x.astype('f2'))
np.savez(p('cocobu_att', '42.npz'), z=x.reshape(1, 4, 3))
np.save(p('cocobu_box', '42.npy'), np.ones((4, 4), 'f8'))
np.savez(p('milvlg', 'COCO_test2015_000000000007.npz'), x=np.asfortranarray(x.T), bbox=np.zeros((4, 4), 'f4'), num_bbox=4, info={'a': 1})
np.save(p('xmodaler', '7.npy'), x)
with h5py.File(p('nocaps.h5'), 'w') as f:
    f['image_id'] = np.array([5, 6])
    f['num_boxes'] = np.array([4, 2])
    v = f.create_dataset('features', (2,), dtype=h5py.special_dtype(vlen=np.dtype('float32')))
    v[0], v[1] = x.ravel(), x[:2].ravel()
with h5py.File(p('textcaps.h5'), 'w') as f:
    f['image_id'] = ['d74', 'e5']
    f['features'] = np.stack([x, x + 1])`,
    folder,
  )
  const x = Array.from({ length: 12 }, (_, i) => i)
  const ones = Array.from({ length: 16 }, () => 1)
  t.strictSame((await run({ source: join(folder, 'cocobu_att') })).datasets, {
    '391895_features': [[4, 3], x],
    '42_features': [[4, 3], x],
    '42_boxes': [[4, 4], ones],
  })
  t.strictSame((await run({ source: join(folder, 'milvlg') })).datasets['7_features'], [[4, 3], x])
  t.strictSame((await run({ source: join(folder, 'xmodaler') })).datasets, { '7_features': [[4, 3], x] })
  t.strictSame((await run({ source: join(folder, 'nocaps.h5') })).datasets, {
    '5_features': [[4, 3], x],
    '6_features': [[2, 3], x.slice(0, 6)],
  })
  t.strictSame((await run({ source: join(folder, 'textcaps.h5') })).datasets['e5_features'], [
    [4, 3],
    x.map((v) => v + 1),
  ])
  writeFileSync(join(folder, 'cocobu_att', '50.npz'), 'PK no zip')
  await t.rejects(run({ source: join(folder, 'cocobu_att') }), {
    name: 'DataError',
    message: /cannot read .*50\.npz/,
  })
})

t.test('files of a folder, named in any way', async (t) => {
  const named = join(folder, 'named')
  mkdirSync(named)
  const array = (name: string) => {
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }".padEnd(117) + '\n'
    const start = Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1')
    writeFileSync(join(named, name), Buffer.concat([start, Buffer.from(header), Buffer.alloc(8)]))
  }
  for (const name of [
    '__proto__.npy',
    'constructor.npy',
    '000000000044.npy',
    'COCO_val2014_000000000042.jpg.npy',
    'x.tif.npy',
  ])
    array(name)
  const { datasets } = await run({ source: named })
  t.strictSame(
    Object.keys(datasets).sort(),
    ['42', '44', '__proto__', 'constructor', 'x'].map((id) => `${id}_features`),
  )
  array('44.npy')
  await t.rejects(run({ source: named }), {
    message: /44\.npy: image 44: it is there twice; the first is at .*000000000044\.npy/,
  })
})

t.test('sources that are none', async (t) => {
  mkdirSync(join(folder, 'empty'))
  await t.rejects(run({ source: join(folder, 'empty') }), {
    name: 'DataError',
    message: /expected \.npz or \.npy files/,
  })
  await t.rejects(run({ source: join(folder, 'none') }), {
    name: 'DataError',
    message: /cannot read .*none: ENOENT/,
  })
  writeFileSync(join(folder, 'page.hdf5'), '<html><title>Denied</title>')
  await t.rejects(run({ source: join(folder, 'page.hdf5') }), {
    name: 'DataError',
    message: /got a web page/,
  })
  await t.rejects(run({ source: join(folder, 'page.hdf5'), out: join(folder, 'no', 'x.hdf5') }), {
    name: 'DataError',
  })
})
