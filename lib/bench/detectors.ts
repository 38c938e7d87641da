/** Detectors of full size with weights drawn at random. */
import { rowNoise } from '../model/noise.js'
import { sizeOf, type HostTensor, type HostTensors } from '../tensor.js'

type Shapes = Readonly<Record<string, readonly number[]>>

/**
 * Weights that keep the size of what goes through: spread by the inputs of a unit (He et al., ICCV 2015), norms that change
 * nothing but the last of a block, which is small.
 */
export function randomWeights(shapes: Shapes): HostTensors {
  const names = Object.keys(shapes)
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]): [string, HostTensor] => {
      const size = sizeOf(shape)
      if (/running_var$|norm\d?\.weight$|_bn\d\.weight$/.test(name))
        return [
          name,
          { dtype: 'float32', shape, data: new Float32Array(size).fill(/conv3|_bn2/.test(name) ? 0.2 : 1) },
        ]
      if (shape.length === 1) return [name, { dtype: 'float32', shape, data: new Float32Array(size) }]
      const still = name.includes('deltas') ? 1e-3 : 1 // anchors stay about where they are
      const spread = (still * Math.sqrt(6 / sizeOf(shape.slice(1)))) / 2 ** 31
      const noise = rowNoise(names.indexOf(name) + 1, size)
      return [name, { dtype: 'float32', shape, data: Float32Array.from(noise, (bits) => bits * spread) }]
    }),
  )
}

/** Bottom-up attention's: ResNet-101, 12 anchors, 1,600 classes. */
export const fasterRcnnShapes: Shapes = {
  ...normed('backbone.stem.conv1', 64, 3, 7),
  ...stageShapes('backbone.res2', 3, 64, 64, 256),
  ...stageShapes('backbone.res3', 4, 256, 128, 512),
  ...stageShapes('backbone.res4', 23, 512, 256, 1024),
  ...both('proposal_generator.rpn_head.conv', 512, 1024, 3, 3),
  ...both('proposal_generator.rpn_head.objectness_logits', 12, 512, 1, 1),
  ...both('proposal_generator.rpn_head.anchor_deltas', 48, 512, 1, 1),
  ...stageShapes('roi_heads.res5', 3, 1024, 512, 2048),
  ...both('roi_heads.box_predictor.cls_score', 1601, 2048),
  ...both('roi_heads.box_predictor.bbox_pred', 6400, 2048),
}

export const efficientNetShapes: Shapes = liteShapes()

function liteShapes(): Shapes {
  const shapes: Record<string, readonly number[]> = {
    '_conv_stem.weight': [32, 3, 3, 3],
    ...norm('_bn0', 32),
  }
  const stages = [
    [1, 3, 1, 16],
    [2, 3, 6, 24],
    [2, 5, 6, 40],
    [3, 3, 6, 80],
    [3, 5, 6, 112],
    [4, 5, 6, 192],
    [1, 3, 6, 320],
  ] as const
  let [block, channels] = [0, 32]
  for (const [blocks, kernel, widening, out] of stages)
    for (let i = 0; i < blocks; i++, block++, channels = out) {
      const [name, hidden] = [`_blocks.${block}`, channels * widening]
      if (widening > 1)
        Object.assign(shapes, {
          [`${name}._expand_conv.weight`]: [hidden, channels, 1, 1],
          ...norm(`${name}._bn0`, hidden),
        })
      Object.assign(shapes, {
        [`${name}._depthwise_conv.weight`]: [hidden, 1, kernel, kernel],
        ...norm(`${name}._bn1`, hidden),
      })
      Object.assign(shapes, {
        [`${name}._project_conv.weight`]: [out, hidden, 1, 1],
        ...norm(`${name}._bn2`, out),
      })
    }
  return { ...shapes, '_conv_head.weight': [1280, 320, 1, 1], ...norm('_bn1', 1280) }
}

function stageShapes(name: string, blocks: number, input: number, hidden: number, out: number): Shapes {
  const shapes: Record<string, readonly number[]> = normed(`${name}.0.shortcut`, out, input, 1)
  for (let i = 0; i < blocks; i++)
    Object.assign(
      shapes,
      normed(`${name}.${i}.conv1`, hidden, i === 0 ? input : out, 1),
      normed(`${name}.${i}.conv2`, hidden, hidden, 3),
      normed(`${name}.${i}.conv3`, out, hidden, 1),
    )
  return shapes
}

function normed(name: string, out: number, input: number, kernel: number): Record<string, readonly number[]> {
  return { [`${name}.weight`]: [out, input, kernel, kernel], ...norm(`${name}.norm`, out) }
}

function norm(name: string, size: number): Record<string, readonly number[]> {
  return Object.fromEntries(
    ['weight', 'bias', 'running_mean', 'running_var'].map((one) => [`${name}.${one}`, [size]]),
  )
}

function both(name: string, out: number, ...input: number[]): Record<string, readonly number[]> {
  return { [`${name}.weight`]: [out, ...input], [`${name}.bias`]: [out] }
}
