/** Makes a detector of its source: weights of a network that is known by the names of its tensors. */
import { DataError } from '../errors.js'
import { sizeOf, type HostTensor, type HostTensors } from '../tensor.js'
import { settingsSchema, type DetectorConfig, type FasterRcnnSettings } from './config.js'
import type { DetectorFolder } from './folder.js'
import { efficientNetGraph } from './networks/efficientnet-lite0.js'
import { checkWeights, sizesOf } from './networks/faster-rcnn.js'
import { anchorsOf } from './proposals.js'
import { misfitOf } from '../formats/misfit.js'
import { caffeAnchors, caffeSettings } from './weights/caffe.js'
import { readDetectorWeights } from './weights/read.js'

/**
 * Reads the weights of a detector, and checks that they are all there.
 *
 * @param settings what the weights do not tell, as `--settings` has it
 * @throws DataError where the file cannot be read, is of no network that is known, or lacks a tensor
 */
export async function detectorFromWeights(
  file: string,
  settings: unknown = {},
  settingsFile = 'settings',
): Promise<DetectorFolder> {
  const { weights, caffe } = await readDetectorWeights(file)
  if ('_conv_stem.weight' in weights) return efficientNet(weights, file)
  if (!Object.keys(weights).some((name) => /^(backbone|proposal_generator|roi_heads)\./.test(name)))
    throw new DataError(
      `${file}: expected weights of bottom-up attention's Faster R-CNN (backbone.*, proposal_generator.*, roi_heads.*) ` +
        `or of EfficientNet-Lite0 (_conv_stem.*, _blocks.*), found ${Object.keys(weights).slice(0, 4).join(', ')}`,
    )
  const known = settingsSchema.safeParse({ ...(caffe && caffeSettings), ...Object(settings) })
  if (!known.success) throw new DataError(`${settingsFile}: ${misfitOf(known.error)}`)
  const from = { weights: onlyNetwork(weights), file }
  checkWeights(from)
  const named = settings as Partial<FasterRcnnSettings> // as just parsed
  const given = named.anchor_sizes !== undefined || named.aspect_ratios !== undefined
  const config: DetectorConfig = {
    network: 'faster-rcnn',
    width: sizesOf(from).width,
    ...known.data,
    anchors: anchorsFor(known.data, { caffe, given, stored: weights[storedAnchors] }),
  }
  const { anchors } = sizesOf(from)
  if (config.anchors.length !== anchors)
    throw new DataError(
      `${settingsFile}: expected anchor_sizes and aspect_ratios for the ${anchors} anchors of ${file}, got ` +
        `${known.data.anchor_sizes.length} x ${known.data.aspect_ratios.length}`,
    )
  return { config, weights: from.weights }
}

const storedAnchors = 'proposal_generator.anchor_generator.cell_anchors.0'

/** Anchors of the settings, else those that the weights hold, else of the defaults. */
function anchorsFor(
  { anchor_sizes: sizes, aspect_ratios: ratios }: FasterRcnnSettings,
  { caffe, given, stored }: { caffe: boolean; given: boolean; stored: HostTensor | undefined },
): [number, number, number, number][] {
  if (caffe) return caffeAnchors(sizes, ratios)
  if (given || stored?.dtype !== 'float32' || stored.shape[1] !== 4) return anchorsOf(sizes, ratios)
  return Array.from({ length: sizeOf(stored.shape) / 4 }, (_, i) => {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = stored.data.subarray(4 * i, 4 * i + 4)
    return [x1, y1, x2, y2]
  })
}

/** The network's own tensors: whatever form the weights came in, the detector is the same. */
function onlyNetwork(weights: HostTensors): HostTensors {
  return Object.fromEntries(
    Object.entries(weights).filter(
      ([name, { dtype }]) =>
        dtype === 'float32' && /^(backbone\.|proposal_generator\.rpn_head\.|roi_heads\.)/.test(name),
    ),
  )
}

function efficientNet(weights: HostTensors, file: string): DetectorFolder {
  const own = Object.fromEntries(Object.entries(weights).filter(([, { dtype }]) => dtype === 'float32'))
  const input = [224, 224] as [number, number]
  efficientNetGraph({ weights: own, file }, input, ['features', 'classes'])
  const width = own['_conv_head.weight']?.shape[0] ?? 0
  const config = {
    network: 'efficientnet-lite0' as const,
    width,
    input,
    mean: [127, 127, 127] as [number, number, number],
    std: [128, 128, 128] as [number, number, number],
    color: 'rgb' as const,
  }
  return { config, weights: own }
}
