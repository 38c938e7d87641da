/** Measures the reading of features, beside h5py. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFeatureReader } from '../features/reader.js'
import { createFeatureFile } from '../formats/hdf5/writer.js'
import { openFeatures } from '../features/file.js'
import type { Features } from '../records.js'
import type { Benchmark, Case, Settings } from './benchmark.js'
import { pythonLoop, pythonWith } from './rival.js'

const regions = 50
const width = 2048
const batchSize = 10
const indexed = 100_000

/**
 * Reading features in random order from a warm contiguous file of 400 times `--images` images, in batches; the same by
 * h5py, where a Python has it; and indexing a file of 100,000 images.
 */
export const reader: Benchmark = {
  summary:
    'Features of 50 regions from a warm HDF5 file, beside h5py, and the index of a file, in images a second',
  async *cases(settings) {
    const folder = mkdtempSync(join(tmpdir(), 'm2-bench-'))
    try {
      const count = 400 * settings.images
      const file = join(folder, 'features.hdf5')
      await writeImages(file, count, regions, width)
      const order = shuffled(count)
      yield readInBatches(file, order)
      yield* readByH5py(file, order, settings)
      const large = join(folder, 'index.hdf5')
      await writeImages(large, indexed, 1, 1)
      yield buildIndexes(large)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

async function writeImages(file: string, count: number, regions: number, width: number): Promise<void> {
  const writer = await createFeatureFile(file)
  const data = new Float32Array(regions * width)
  for (let i = 0; i < count; i++) {
    data.fill(i)
    await writer.add(`${i}_features`, data, [regions, width])
  }
  await writer.close()
}

/** A permutation that is the same at every run. */
function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  let state = 1
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const j = state % (i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

function readInBatches(file: string, order: readonly number[]): Case {
  const source = createFeatureReader({ regions, width })
  const out = new Float32Array(batchSize * regions * width)
  const batch = order.map((id): Features => ({ file, dataset: `${id}_features`, shape: [regions, width] }))
  return {
    name: 'reader',
    shapes: { regions, width, batch: batchSize },
    unit: 'images',
    count: order.length,
    async run() {
      for (let i = 0; i < batch.length; i += batchSize)
        await source.readMany(batch.slice(i, i + batchSize), out)
    },
    dispose: () => void source.close(),
  }
}

const script = `
import sys, random, h5py
file = h5py.File(sys.argv[1], 'r')
names = ['%d_features' % i for i in range(int(sys.argv[2]))]
random.Random(1).shuffle(names)
print('ready', flush=True)
for line in sys.stdin:
    for name in names: file[name][()]
    print('done', flush=True)
`

async function* readByH5py(file: string, order: readonly number[], settings: Settings): AsyncGenerator<Case> {
  const python = pythonWith(['h5py'], settings)
  if (!python) return
  const loop = await pythonLoop(python, ['-c', script, file, String(order.length)])
  const shapes = { regions, width }
  yield { name: 'reader-h5py', shapes, unit: 'images', count: order.length, beside: ['reader'], ...loop }
}

function buildIndexes(file: string): Case {
  return {
    name: 'reader-index',
    shapes: { images: indexed },
    unit: 'images',
    count: indexed,
    run: async () => (await openFeatures(file, { cache: false })).close(),
    dispose: () => undefined,
  }
}
