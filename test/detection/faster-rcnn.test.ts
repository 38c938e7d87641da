/** The Faster R-CNN against a PyTorch port, stage by stage, and whole from a photograph. */
import { join } from 'node:path'
import t from 'tap'
import { openFasterRcnn } from '../../lib/detection/faster-rcnn.js'
import { detectorFromWeights } from '../../lib/detection/make.js'
import { readPhotograph } from '../../lib/detection/photograph.js'
import { scaleBoxes } from '../../lib/detection/boxes.js'
import { selectAdaptive, selectMaxNms, softmax } from '../../lib/detection/selection.js'
import { near } from '../near.js'
import { numbers, readGolden, seeds, withGoldens } from './goldens.js'

const session = { device: 'cpu', threads: 1 } as const
const photograph = { rotate: true, maxPixels: 1e8 }
const relative = { relative: true }

for (const seed of seeds)
  t.test(`every stage as the PyTorch port, ${seed}`, withGoldens, async (t) => {
    const { folder, photo, golden, config, weights } = await readGolden(seed)
    const detector = await openFasterRcnn(
      { config, weights, file: folder },
      { select: 'adaptive' },
      session,
      ['features', 'classes', 'boxes', 'attributes', 'pooled'],
    )
    const compare = (found: Float32Array, name: string) =>
      near(t, found, numbers(golden, name), 1e-5, name, relative)
    const [, height = 0, width = 0] = golden['image']!.shape
    const [scaleY = 0, scaleX = 0] = numbers(golden, 'scale_yx')

    const picture = detector.resize(await readPhotograph(photo, photograph))
    t.same([picture.height, picture.width], [height, width], 'size of the resized photograph')
    near(t, picture.data, numbers(golden, 'image'), 1e-3, 'resized photograph, of 255')

    const proposed = await detector.propose({ data: numbers(golden, 'image'), width, height })
    compare(proposed.res4, 'res4')
    compare(proposed.objectness, 'objectness')
    compare(proposed.deltas, 'anchor_deltas')
    compare(proposed.logits, 'proposal_logits')
    near(t, proposed.boxes, numbers(golden, 'proposals'), 0.01, 'proposals, pixels')

    const described = await detector.describe(proposed, proposed.boxes)
    compare(described.pooled!, 'roi_pooled_mean')
    compare(described.features!, 'pooled')
    compare(described.classes!, 'object_logits')
    compare(described.boxes!, 'box_deltas')
    compare(described.attributes!, 'attribute_logits')

    const classes = golden['object_logits']!.shape[1]! - 1
    const scores = { probabilities: softmax(described.classes!, classes + 1), classes }
    const adaptive = selectAdaptive(proposed, scores, config.adaptive)
    t.same(adaptive.kept, [...golden['adaptive.keep']!.data].map(Number), 'adaptive: the same regions')
    compare(adaptive.confidence, 'adaptive.confidence')
    const inPhotograph = (boxes: Float32Array) => scaleBoxes(boxes, scaleX, scaleY)
    near(t, inPhotograph(adaptive.boxes), numbers(golden, 'adaptive.boxes'), 0.01, 'adaptive: boxes, pixels')
    const maxnms = selectMaxNms(proposed, scores, described.boxes!, { width, height }, config)
    near(t, inPhotograph(maxnms.boxes), numbers(golden, 'maxnms.boxes'), 0.01, 'maxnms: boxes, pixels')
    compare(maxnms.confidence, 'maxnms.class_probs')
    detector.dispose()
  })

for (const seed of seeds)
  for (const select of ['adaptive', 'maxnms'] as const)
    t.test(`from the photograph to ${select} regions, ${seed}`, withGoldens, async (t) => {
      const { folder, photo, golden, config, weights } = await readGolden(seed)
      const detector = await openFasterRcnn({ config, weights, file: folder }, { select }, session)
      const found = await detector.detect(await readPhotograph(photo, photograph))
      near(t, found.features, numbers(golden, `${select}.features`), 1e-3, 'features', relative)
      near(t, found.boxes, numbers(golden, `${select}.boxes`), 0.01, 'boxes, pixels')
      if (select === 'adaptive')
        near(t, found.probabilities!, numbers(golden, 'adaptive.class_probs'), 1e-4, 'class probabilities')
      detector.dispose()
    })

t.test('all forms of the weights make the same detector', withGoldens, async (t) => {
  const { folder, settings, config, weights } = await readGolden('seed7')
  for (const file of ['detector.pkl', 'pytorch_model.bin']) {
    const other = await detectorFromWeights(join(folder, file), settings)
    t.same(other.config, config, `${file}: config`)
    t.same(Object.keys(other.weights!).sort(), Object.keys(weights).sort(), `${file}: names`)
    const different = Object.entries(weights).filter(
      ([name, { shape, data }]) =>
        other.weights?.[name]?.shape.join() !== shape.join() ||
        !Buffer.from(
          other.weights[name].data.buffer as ArrayBuffer,
          other.weights[name].data.byteOffset,
          data.byteLength,
        ).equals(Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)),
    )
    t.same(
      different.map(([name]) => name),
      [],
      `${file}: tensors`,
    )
  }
})

t.test('limits from the command line take the place of the settings', withGoldens, async (t) => {
  const { folder, photo, config, weights } = await readGolden('seed7')
  const counts = async (options: object) => {
    const source = { config, weights, file: folder }
    const detector = await openFasterRcnn(source, { select: 'adaptive', ...options }, session)
    const { count } = await detector.detect(await readPhotograph(photo, photograph))
    detector.dispose()
    return count
  }
  t.equal(await counts({ maxRegions: 4 }), 4, '--max-regions')
  t.equal(await counts({ minRegions: 33, confidence: 1 }), 33, '--min-regions')
})
