/** `m2 detector`: folders of weights and of graphs, and what cannot become one. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { detectorConfig } from '../../lib/detection/config.js'
import { readDetectorFolder, writeDetectorFolder } from '../../lib/detection/folder.js'
import { readSafetensors, writeSafetensors } from '../../lib/formats/safetensors.js'
import detector from '../../lib/stages/detector.js'
import { goldenFolder, withGoldens } from '../detection/goldens.js'
import { gridGraph } from '../detection/graphs.js'
import { collect, listen, stream } from './collect.js'

const defaults = {
  from: undefined,
  settings: undefined,
  classes: undefined,
  input: undefined,
  mean: undefined,
  std: undefined,
  color: 'rgb',
  boxes: 'pixels',
} as const
const make = (options: object) =>
  collect(
    detector.run(
      stream([]),
      { source: undefined, out: undefined, ...defaults, ...options },
      listen('detector').context,
    ),
  )

t.test('weights, settings and names of classes', withGoldens, async (t) => {
  const [folder, golden] = [t.testdir(), goldenFolder('seed7')]
  const classes = join(folder, 'names.txt')
  writeFileSync(classes, Array.from({ length: 30 }, (_, i) => `thing ${i},object ${i}`).join('\n'))
  const out = join(folder, 'detector')
  const [record] = await make({
    source: join(golden, 'detector.safetensors'),
    settings: join(golden, 'config.json'),
    classes,
    out,
  })
  t.same(record, { detector: out, network: 'faster-rcnn', width: 128, classes: 30 })
  const { config, classNames, weights } = await readDetectorFolder(out)
  t.match(config, { min_size: 160, adaptive: { max: 15 }, rpn: { post_nms: 60 } })
  t.equal(classNames?.[7], 'thing 7')
  t.notOk(
    Object.keys(weights!).some((name) => /num_batches|cell_anchors/.test(name)),
    'nothing but the network',
  )
  writeFileSync(classes, 'one\ntwo\n')
  await t.rejects(make({ source: join(golden, 'detector.safetensors'), classes, out }), {
    name: 'DataError',
    message: /names\.txt: expected the names of 30 classes, one a line, got 2/,
  })
})

t.test('defaults are those of the original', async (t) => {
  const parsed = detectorConfig.parse({ network: 'faster-rcnn', width: 2048, anchors: [] })
  t.match(parsed, {
    min_size: 600,
    max_size: 1000,
    rpn: { pre_nms: 6000, post_nms: 300, nms: 0.7 },
    adaptive: { nms: 0.3, confidence: 0.2, min: 10, max: 100 },
    maxnms: { max: 36 },
    box_weights: [10, 10, 5, 5],
  })
})

t.test('weights that lack a tensor, or are of another network', withGoldens, async (t) => {
  const [folder, golden] = [t.testdir(), goldenFolder('seed7')]
  const tensors = await readSafetensors(join(golden, 'detector.safetensors'))
  const [file, out] = [join(folder, 'w.safetensors'), join(folder, 'out')]
  const fails = async (changed: typeof tensors, message: RegExp, what: string) => {
    await writeSafetensors(file, changed)
    await t.rejects(make({ source: file, out }), { name: 'DataError', message }, what)
  }
  for (const name of [
    'backbone.res4.2.conv2.weight',
    'roi_heads.res5.0.conv1.norm.running_var',
    'proposal_generator.rpn_head.anchor_deltas.bias',
  ]) {
    const { [name]: _, ...others } = tensors
    await fails(
      others,
      new RegExp(`expected a float32 tensor ${name.replaceAll('.', '\\.')} of shape .*, found none`),
      name,
    )
  }
  const { data } = tensors['backbone.stem.conv1.weight']!
  const name = 'backbone.stem.conv1.weight'
  await fails(
    { ...tensors, [name]: { shape: [8, 3, 49], dtype: 'float32', data: data as Float32Array } },
    /expected shape \(\*, 3, \*, \*\), found \(8, 3, 49\)/,
    'a shape',
  )
  await fails(
    {
      ...tensors,
      [name]: {
        shape: [8, 3, 7, 7],
        dtype: 'float32',
        data: (data as Float32Array).map((v, i) => (i === 9 ? NaN : v)),
      },
    },
    /expected finite values, found NaN at 9/,
    'NaN',
  )
  await fails(
    { 'encoder.weight': tensors[name]! },
    /expected weights of bottom-up attention's Faster R-CNN .* found encoder\.weight/,
    'another network',
  )
  const settings = join(folder, 'settings.json')
  writeFileSync(settings, '{"anchor_sizes":[16,32]}')
  await t.rejects(make({ source: join(golden, 'detector.safetensors'), settings, out }), {
    name: 'DataError',
    message: /expected anchor_sizes and aspect_ratios for the 12 anchors of .*, got 2 x 3/,
  })
  writeFileSync(settings, '{"rpn":{"nms":"high"}}')
  await t.rejects(make({ source: join(golden, 'detector.safetensors'), settings, out }), {
    message: /settings\.json: rpn\.nms: expected number/,
  })
})

t.test('an ONNX graph: features, boxes, size', async (t) => {
  const folder = t.testdir({ 'text.onnx': 'this is no graph' })
  const [source, out] = [join(folder, 'grid.onnx'), join(folder, 'out')]
  writeFileSync(source, gridGraph({ size: 32, cells: 4, boxes: false }))
  const [record] = await make({ source, out, input: '32' })
  t.match(record, { network: 'onnx', width: 3 })
  t.match((await readDetectorFolder(out)).config, { input: [32, 32], outputs: { features: 'map' } })
  await t.rejects(make({ source: join(folder, 'text.onnx'), out, input: '32' }), {
    name: 'DataError',
    message: /expected an ONNX graph of one picture/,
  })
  await t.rejects(make({ source, out, input: '48' }), {
    name: 'DataError',
    message: /expected an ONNX graph of one picture/,
  })
  await t.rejects(make({ source, out }), { name: 'UsageError', message: /--input is needed/ })
  await t.rejects(make({ source, out, input: '32', mean: [1, 2] }), {
    name: 'UsageError',
    message: /--mean: expected three numbers/,
  })
  await t.rejects(make({ out }), { name: 'UsageError', message: /either SOURCE or --from pip/ })
  await t.rejects(make({ source }), { name: 'UsageError', message: /--out is needed/ })
})

t.test('a folder that is none', async (t) => {
  const folder = t.testdir({ damaged: { 'config.json': '{"network":"yolo"}' }, other: {} })
  await t.rejects(readDetectorFolder(join(folder, 'other')), {
    name: 'DataError',
    message: /expected a detector's folder, which m2 detector makes/,
  })
  await t.rejects(readDetectorFolder(join(folder, 'damaged')), {
    name: 'DataError',
    message: /config\.json: expected a detector's config/,
  })
  const config = detectorConfig.parse({ network: 'faster-rcnn', width: 8, anchors: [] })
  await writeDetectorFolder(join(folder, 'empty'), { config })
  await t.rejects(readDetectorFolder(join(folder, 'empty')), {
    name: 'DataError',
    message: /detector\.safetensors/,
  })
})
