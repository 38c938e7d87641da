/** pipelines/photos.sh and the targets of photos.mk, on three photographs, a detector of four cells and a model of a few numbers. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { writeModelDirectory } from '../../lib/checkpoint/directory.js'
import { detectorConfig } from '../../lib/detection/config.js'
import { writeDetectorFolder } from '../../lib/detection/folder.js'
import { modelConfig } from '../../lib/model/config.js'
import { initialParameters } from '../../lib/model/parameters.js'
import { tinyConfig, tinyVocabulary } from '../checkpoint/models.js'
import { gridGraph } from './graphs.js'

t.setTimeout(120_000)
const folder = t.testdir({ photos: {} })

t.before(async () => {
  const graph = join(folder, 'grid.onnx')
  writeFileSync(graph, gridGraph({ size: 8, cells: 2, boxes: false }))
  const config = detectorConfig.parse({
    network: 'onnx',
    width: 3,
    input: [8, 8],
    mean: [0, 0, 0],
    std: [255, 255, 255],
    color: 'rgb',
    outputs: { features: 'map' }, // prettier-ignore
  })
  await writeDetectorFolder(join(folder, 'detector'), { config, graph })
  const model = modelConfig.parse({ ...tinyConfig, featureWidth: 3, maxLength: 24 })
  const parameters = initialParameters(model, 4)
  await writeModelDirectory(join(folder, 'model'), {
    config: { model },
    parameters,
    vocabulary: tinyVocabulary(),
  })
  for (const background of ['red', 'lime', 'blue'])
    await sharp({ create: { width: 64, height: 48, channels: 3, background } })
      .jpeg()
      .toFile(join(folder, 'photos', `${background}.jpg`))
})

/** Runs a command in the folder, without what `make` of these tests may have set. */
function bash(command: string, environment: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, MAKEFLAGS: '', THREADS: '1', ...environment }
  return spawnSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8', env })
}
const makefile = `make --no-print-directory -f ${resolve('pipelines/photos.mk')}`

t.test('photographs become captions and a page', async (t) => {
  const { status, stdout, stderr } = bash(`${resolve('pipelines/photos.sh')} photos out`, {
    MODEL: 'model',
    DETECTOR: 'detector',
  })
  t.equal(status, 0, stderr)
  t.match(stdout, /photos\/blue\.jpg: .*\n.*photos\/lime\.jpg: .*\n.*photos\/red\.jpg: /)
  const page = readFileSync(join(folder, 'out', 'report.html'), 'utf8')
  t.equal(page.split('data:image/webp').length - 1, 3, 'the photographs are in the page')
})

t.test('features of folders, resumed', async (t) => {
  mkdirSync(join(folder, 'more'))
  await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
    .png()
    .toFile(join(folder, 'more', 'last.png'))
  const features = (images: string) =>
    bash(`${makefile} features IMAGES=${images} DETECTOR=detector FEATURES=run/f.hdf5`)
  const first = features('photos')
  t.equal(first.status, 0, first.stderr)
  const second = features('photos,more')
  t.equal(second.status, 0, second.stderr)
  t.ok(existsSync(join(folder, 'run', 'f.hdf5')))
  const records = readFileSync(join(folder, 'run', 'f.jsonl'), 'utf8')
    .trim()
    .split('\n')
  t.same(
    records.map((record) => (JSON.parse(record) as { image_id: string }).image_id),
    ['blue', 'lime', 'red', 'last'],
  )
  t.match(bash(`${makefile} photos`).stderr, /make photos needs PHOTOS=FOLDER/)
  t.match(bash(`${makefile} features`).stderr, /make features needs IMAGES=/)
})
