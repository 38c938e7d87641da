/** From photographs to features: JPEGs decoded, a grid by EfficientNet-Lite0, regions by the full-size Faster R-CNN. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ahead } from '../detection/ahead.js'
import type { Detector } from '../detection/detector.js'
import { settingsSchema } from '../detection/config.js'
import { openFasterRcnn } from '../detection/faster-rcnn.js'
import { efficientNetGraph } from '../detection/networks/efficientnet-lite0.js'
import { readPhotograph } from '../detection/photograph.js'
import { openPictureNetwork } from '../detection/picture-network.js'
import { anchorsOf } from '../detection/proposals.js'
import { inlineOf } from '../detection/regions-record.js'
import { rowNoise } from '../model/noise.js'
import { hash } from '../random.js'
import type { HostTensors } from '../tensor.js'
import type { Benchmark, Case, Settings } from './benchmark.js'
import { efficientNetShapes, fasterRcnnShapes, randomWeights } from './detectors.js'
import { pythonLoop, pythonWith } from './rival.js'

/** Pixels of the photographs, as most of COCO's have. */
const [width, height] = [640, 480]
const program = fileURLToPath(new URL('../../../pipelines/bench-detect.py', import.meta.url))

/**
 * `detect-grid` works through twenty times `--images` photographs, `detect-regions` through one, of 300 proposals; both
 * decode them. Weights are drawn at random, which takes the time that trained ones take.
 */
export const detection: Benchmark = {
  summary: 'from JPEGs to the features of their regions, in photographs a second',
  async *cases(settings) {
    const folder = await mkdtemp(join(tmpdir(), 'm2-bench-'))
    try {
      const photographs = await writePhotographs(folder, 20 * settings.images)
      yield await gridCase(settings, photographs)
      const [one] = photographs as [string] // there are twenty at least
      yield* rivalCase('grid', photographs, settings)
      yield await regionsCase(settings, [one])
      yield* rivalCase('regions', [one], settings)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function gridCase(settings: Settings, photographs: readonly string[]): Promise<Case> {
  const start = performance.now()
  const weights = randomWeights(efficientNetShapes)
  const picture = {
    input: [224, 224] as [number, number],
    mean: [127, 127, 127] as [number, number, number],
    std: [128, 128, 128] as [number, number, number],
    color: 'rgb' as const,
  }
  const detector = await openPictureNetwork(
    efficientNetGraph({ weights, file: 'random weights' }, picture.input, ['features']),
    { ...picture, width: 1280, outputs: { features: 'features' }, boxes: 'pixels' },
    sessionOf(settings),
  )
  return detectCase('detect-grid', detector, photographs, { regions: 49, width: 1280 }, start)
}

async function regionsCase(settings: Settings, photographs: readonly string[]): Promise<Case> {
  const start = performance.now()
  const weights: HostTensors = randomWeights(fasterRcnnShapes)
  const known = settingsSchema.parse({})
  const anchors = anchorsOf(known.anchor_sizes, known.aspect_ratios)
  const detector = await openFasterRcnn(
    { config: { network: 'faster-rcnn', width: 2048, ...known, anchors }, weights, file: 'random weights' },
    { select: 'adaptive' },
    sessionOf(settings),
  )
  const shapes = { proposals: known.rpn.post_nms, width: 2048 }
  return detectCase('detect-regions', detector, photographs, shapes, start)
}

const sessionOf = ({ engine: { device = 'cpu', threads } }: Settings) => ({ device, threads })

function detectCase(
  name: string,
  detector: Detector,
  photographs: readonly string[],
  shapes: Readonly<Record<string, number>>,
  start: number,
): Case {
  return {
    name,
    shapes: { photographs: photographs.length, ...shapes },
    unit: 'photographs',
    count: photographs.length,
    slow: true,
    compileSeconds: (performance.now() - start) / 1000,
    async run() {
      const begun = ahead(photographs, 2, (file) => readPhotograph(file, { rotate: true, maxPixels: 1e8 }))
      for await (const { result } of begun) inlineOf(await detector.detect(await result))
    },
    dispose: () => detector.dispose(),
  }
}

/** The same network in PyTorch, eager, with its own random weights. */
async function* rivalCase(
  what: 'grid' | 'regions',
  photographs: readonly string[],
  settings: Settings,
): AsyncGenerator<Case> {
  const python = pythonWith(['torch', 'torchvision', 'PIL'], settings)
  if (!python) return
  const { threads } = settings.engine
  const loop = await pythonLoop(python, [program, what, String(threads ?? 0), ...photographs])
  yield {
    name: `detect-${what}-pytorch`,
    engine: loop.ready,
    shapes: { photographs: photographs.length },
    unit: 'photographs',
    count: photographs.length,
    beside: [`detect-${what}`],
    slow: true,
    ...loop,
  }
}

/** JPEGs of soft shapes and some noise, of about the size that photographs have. */
async function writePhotographs(folder: string, count: number): Promise<string[]> {
  const { default: sharp } = await import('sharp')
  const noise = rowNoise(1, width * height)
  const files: string[] = []
  for (let i = 0; i < Math.min(count, 20); i++) {
    const pixels = Uint8Array.from({ length: 3 * width * height }, (_, at) => {
      const [pixel, channel] = [Math.floor(at / 3), at % 3]
      const [x, y] = [pixel % width, Math.floor(pixel / width)]
      const wave = Math.sin((x * (1 + (hash(i, channel) & 7))) / 90) * Math.cos((y * (i + 2)) / 150)
      return 128 + 90 * wave + (noise[(pixel + 977 * i) % noise.length]! % 20)
    })
    const file = join(folder, `${i}.jpg`)
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 92 })
      .toFile(file)
    files.push(file)
  }
  return Array.from({ length: count }, (_, i) => files[i % files.length]!)
}
