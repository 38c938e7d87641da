/** m2 synth: annotations, features and simulated regions. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { createObjectRegions } from '../../lib/world/objects.js'
import type { Regions } from '../../lib/world/projection.js'
import { createWorld } from '../../lib/world/world.js'
import type { ImageRecord } from '../../lib/records.js'
import { createContext } from '../../lib/cli/context.js'
import synth from '../../lib/stages/synth.js'
import { h5py, noH5py } from '../h5py.js'
import { collect, listen, stream } from './collect.js'

const folder = mkdtempSync(join(tmpdir(), 'm2-synth-'))
t.teardown(() => rmSync(folder, { recursive: true }))

type Options = Parameters<typeof synth.run>[1]

const defaults: Omit<Options, 'out'> = {
  images: 20,
  val: undefined,
  test: undefined,
  captions: 5,
  width: undefined,
  noise: 0.5,
  seed: 1,
  objects: undefined,
  all: false,
  noDrawings: true,
}

async function run(name: string, options: Partial<Options>, records: ImageRecord[] = [], keepGoing = false) {
  const { context, said } = listen('synth', { keepGoing })
  const out = join(folder, name)
  const written = await collect(synth.run(stream(records), { ...defaults, out, ...options }, context))
  return { out, written, said, rejected: context.rejected }
}

t.test('writes annotations in COCO format for each split', async (t) => {
  const { out, written } = await run('world', { images: 30, val: 4, captions: 3 })
  t.same(readdirSync(out).sort(), [
    'captions_test.json',
    'captions_train.json',
    'captions_val.json',
    'classes.jsonl',
    'features.hdf5',
  ])
  t.same(written[1], {
    split: 'val',
    images: 4,
    captions: 12,
    annotations: join(out, 'captions_val.json'),
    features: join(out, 'features.hdf5'),
  })
  const read = (split: string) => JSON.parse(readFileSync(join(out, `captions_${split}.json`), 'utf8'))
  const documents = ['train', 'val', 'test'].map(read)
  t.same(
    documents.map(({ images }) => images.length),
    [23, 4, 3],
  )
  t.same(documents[2].images[2], { id: 30, file_name: 'test_000000000030.jpg', width: 640, height: 480 })
  const made = createWorld({ seed: 1, width: 1, noise: 0, captions: 3 })(30)
  t.same(
    documents[2].annotations.slice(-3),
    made.captions.map((caption, i) => ({ image_id: 30, id: 88 + i, caption })),
  )
  const ids = documents.flatMap(({ annotations }) => annotations.map(({ id }: { id: number }) => id))
  t.same(
    ids,
    Array.from({ length: 90 }, (_, i) => i + 1),
    'every caption has an id of its own',
  )
})

t.test('draws the images, and names their regions', async (t) => {
  const { out } = await run('drawn', { images: 12, val: 2, test: 2, noDrawings: false })
  t.same(readdirSync(join(out, 'images')).slice(0, 2), ['test_000000000011.png', 'test_000000000012.png'])
  t.equal(readdirSync(join(out, 'images')).length, 12)
  const lines = readFileSync(join(out, 'classes.jsonl'), 'utf8').trim().split('\n')
  const made = createWorld({ seed: 1, width: 1, noise: 0, captions: 1 })
  t.same(
    lines.map((line) => JSON.parse(line)),
    Array.from({ length: 12 }, (_, i) => ({ image_id: i + 1, classes: made(i + 1).regions.classes })),
  )
  const plain = await run('plain', { images: 12, val: 2, test: 2 })
  for (const file of readdirSync(plain.out))
    t.ok(readFileSync(join(out, file)).equals(readFileSync(join(plain.out, file))), `${file} is the same`)
})

t.test('two runs are the same to the byte', async (t) => {
  const [first, second] = [await run('first', {}), await run('second', {})]
  for (const file of readdirSync(first.out))
    t.ok(readFileSync(join(first.out, file)).equals(readFileSync(join(second.out, file))), file)
})

t.test('h5py reads the features back bit for bit', { skip: noH5py }, async (t) => {
  const { out } = await run('bits', { width: 48, seed: 5 })
  const world = createWorld({ seed: 5, width: 48, noise: 0.5, captions: 1 })
  t.same(
    read(out),
    expected(
      Array.from({ length: 20 }, (_, i) => [i + 1, world(i + 1).regions]),
      48,
    ),
  )
})

const objects = [
  { image_id: 9, objects: ['bowl', 'orange'] },
  { image_id: 25, objects: ['giraffe', 'person'] },
  { image_id: 'textcaps', objects: [] },
]
const list = join(folder, 'objects.jsonl.gz')
writeFileSync(list, gzipSync(objects.map((record) => `${JSON.stringify(record)}\n`).join('')))

t.test(
  'features of the images on stdin from their objects, as h5py reads them',
  { skip: noH5py },
  async (t) => {
    const wanted = [{ image_id: 'textcaps' }, { image_id: 9 }, { image_id: 9 }]
    const { out, written } = await run('objects', { objects: list }, wanted)
    t.same(written, [{ images: 2, features: join(out, 'features.hdf5') }])
    const regionsOf = createObjectRegions({ seed: 1, width: 2048, noise: 0.5 })
    t.same(
      read(out),
      expected(
        [
          [9, regionsOf(9, ['bowl', 'orange'])],
          ['textcaps', regionsOf('textcaps', [])],
        ],
        2048,
      ),
    )
  },
)

t.test('features of every image of the list', async (t) => {
  const { written } = await run('all', { objects: list, all: true, width: 4 })
  t.match(written, [{ images: 3 }])
})

t.test('an image without objects is named, and costs only itself under --keep-going', async (t) => {
  const wanted = [{ image_id: 25 }, { image_id: 26 }]
  await t.rejects(run('missing', { objects: list }, wanted), {
    name: 'DataError',
    message: `no objects of image 26 in ${list}`,
  })
  t.same(readdirSync(join(folder, 'missing')), [], 'nothing is left behind')
  const { written, rejected } = await run('going', { objects: list, width: 4 }, wanted, true)
  t.match(written, [{ images: 1 }])
  t.equal(rejected, 1)
})

t.test('a list that is none is named with its line', async (t) => {
  const bad = join(folder, 'bad.jsonl')
  writeFileSync(bad, '{"image_id": 1, "objects": []}\n{"image_id": 2}\n')
  await t.rejects(run('bad', { objects: bad, all: true }), {
    name: 'DataError',
    message: /bad\.jsonl:2: objects/,
  })
  await t.rejects(run('none', { objects: join(folder, 'none'), all: true }), { message: /none/ })
})

t.test('options that contradict one another', async (t) => {
  await t.rejects(run('few', { images: 5, val: 3, test: 2 }), { name: 'UsageError', message: /leaves none/ })
  await t.rejects(run('both', { all: true }), { name: 'UsageError', message: /--objects/ })
})

t.test('a signal leaves nothing half written', async (t) => {
  const stop = new AbortController()
  stop.abort()
  const out = join(folder, 'stopped')
  const context = createContext('synth', { signal: stop.signal })
  t.same(await collect(synth.run(stream([]), { ...defaults, out }, context)), [])
  t.same(readdirSync(out), [])
})

/** Shapes and digests of a file's datasets, by name. */
function read(out: string): unknown {
  const script = `
import hashlib
with h5py.File(argv[0], 'r') as f:
    assert all(f[k].dtype == np.dtype('<f4') and f[k].chunks is None for k in f)
    print(json.dumps({k: [list(f[k].shape), hashlib.sha256(f[k][()].tobytes()).hexdigest()] for k in f}))
`
  return JSON.parse(h5py(script, join(out, 'features.hdf5')))
}

function expected(images: [id: number | string, regions: Regions][], width: number): object {
  const digest = (values: Float32Array) =>
    createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex')
  return Object.fromEntries(
    images.flatMap(([id, { features, boxes, count }]) => [
      [`${id}_features`, [[count, width], digest(features)]],
      [`${id}_boxes`, [[count, 4], digest(boxes)]],
    ]),
  )
}
