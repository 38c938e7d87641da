/** Caffe's weights: read as protobuf, and put into the order of the ports'. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import t from 'tap'
import { detectorFromWeights } from '../../lib/detection/make.js'
import { DataError } from '../../lib/errors.js'
import { parseCaffemodel } from '../../lib/formats/caffemodel.js'
import { float32, sizeOf, type HostTensor, type HostTensors } from '../../lib/tensor.js'
import { near } from '../near.js'
import { readGolden, withGoldens } from './goldens.js'

type Layers = [name: string, blobs: HostTensor[]][]

/** A NetParameter of these layers, with blobs as Caffe writes them. */
function encode(layers: Layers, { old = false } = {}): Uint8Array {
  const net = protobuf.Writer.create()
  net.uint32(10).string('a net') // its name
  for (const [name, blobs] of layers) {
    net.uint32(((old ? 2 : 100) << 3) | 2).fork()
    net.uint32(((old ? 4 : 1) << 3) | 2).string(name)
    for (const { shape, data } of blobs) {
      net.uint32(((old ? 6 : 7) << 3) | 2).fork()
      if (old) [1, 1, 1, 1, ...shape].slice(-4).forEach((length, i) => net.uint32((i + 1) << 3).int32(length))
      else {
        net
          .uint32((7 << 3) | 2)
          .fork()
          .uint32((1 << 3) | 2)
          .fork()
        for (const length of shape) net.int64(length)
        net.ldelim().ldelim()
      }
      net.uint32((5 << 3) | 2).fork()
      for (const value of data) net.float(Number(value))
      net.ldelim().ldelim()
    }
    net.ldelim()
  }
  return net.finish()
}

/** The ports' weights in Caffe's names and order: what the reader has to undo. */
function toCaffe(weights: HostTensors): Layers {
  const layers: Layers = []
  const get = (name: string) => weights[name] as HostTensor & { data: Float32Array }
  const rows = ({ data, shape }: ReturnType<typeof get>, order: readonly number[]) => {
    const size = sizeOf(shape.slice(1))
    const values = order.flatMap((row) =>
      row < 0 ? Array.from({ length: size }, () => 0) : [...data.subarray(row * size, (row + 1) * size)],
    )
    return float32(Float32Array.from(values), order.length, ...shape.slice(1))
  }
  const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i)
  const factor = 4 // Caffe's norms keep sums and by what to divide them
  const normed = (from: string, layer: string, norm: string) => {
    const grown = (name: string) =>
      float32(
        get(`${from}.norm.${name}`).data.map((value) => value * factor),
        get(`${from}.norm.${name}`).data.length,
      )
    layers.push([layer, [get(`${from}.weight`)]])
    layers.push([
      `bn${norm}`,
      [grown('running_mean'), grown('running_var'), float32(Float32Array.of(factor), 1)],
    ])
    layers.push([`scale${norm}`, [get(`${from}.norm.weight`), get(`${from}.norm.bias`)]])
  }
  normed('backbone.stem.conv1', 'conv1', '_conv1')
  for (const [stage, prefix] of [
    ['2', 'backbone.res2'],
    ['3', 'backbone.res3'],
    ['4', 'backbone.res4'],
    ['5', 'roi_heads.res5'],
  ] as const)
    for (let i = 0; `${prefix}.${i}.conv1.weight` in weights; i++) {
      const letters = stage === '3' || stage === '4' ? (i === 0 ? 'a' : `b${i}`) : 'abc'[i]
      const place = (branch: string) =>
        [`res${stage}${letters}_branch${branch}`, `${stage}${letters}_branch${branch}`] as const
      for (const [j, branch] of ['2a', '2b', '2c'].entries())
        normed(`${prefix}.${i}.conv${j + 1}`, ...place(branch))
      if (`${prefix}.${i}.shortcut.weight` in weights) normed(`${prefix}.${i}.shortcut`, ...place('1'))
    }
  const head = 'proposal_generator.rpn_head'
  const both = (
    layer: string,
    from: string,
    change = (tensor: ReturnType<typeof get>): HostTensor => tensor,
  ) => layers.push([layer, [change(get(`${from}.weight`)), change(get(`${from}.bias`))]])
  both('rpn_conv/3x3', `${head}.conv`)
  const byRatio = upTo(12).map((to) => (to % 4) * 3 + Math.floor(to / 4))
  both('rpn_cls_score', `${head}.objectness_logits`, (tensor) =>
    rows(tensor, [...upTo(12).map(() => -1), ...byRatio]),
  )
  both('rpn_bbox_pred', `${head}.anchor_deltas`, (tensor) =>
    rows(
      tensor,
      byRatio.flatMap((anchor) => upTo(4, 4 * anchor)),
    ),
  )
  const predictor = 'roi_heads.box_predictor'
  const first = (tensor: ReturnType<typeof get>) =>
    rows(tensor, [tensor.shape[0]! - 1, ...upTo(tensor.shape[0]! - 1)])
  both('cls_score', `${predictor}.cls_score`, first)
  both('bbox_pred', `${predictor}.bbox_pred`, (tensor) =>
    rows(tensor, [-1, -1, -1, -1, ...upTo(tensor.shape[0]!)]),
  )
  layers.push(['cls_embedding', [first(get(`${predictor}.cls_embedding.weight`))]])
  both('fc_attr', `${predictor}.fc_attr`)
  both('attr_score', `${predictor}.attr_score`, first)
  return layers
}

for (const old of [false, true])
  t.test(`weights of ${old ? 'V1 layers' : 'layers'} are those of the ports`, withGoldens, async (t) => {
    const { settings, weights } = await readGolden('seed7')
    const file = join(t.testdir(), 'resnet101_faster_rcnn_final.caffemodel')
    writeFileSync(file, encode(toCaffe(weights), { old }))
    const made = await detectorFromWeights(file, settings)
    t.same(Object.keys(made.weights!).sort(), Object.keys(weights).sort())
    for (const [name, { data }] of Object.entries(weights))
      near(t, made.weights![name]!.data as Float32Array, data as Float32Array, 0, name)
    if (made.config.network !== 'faster-rcnn') return t.fail('a Faster R-CNN')
    t.same(made.config.anchors[1], [0, 0, 16, 16], 'anchors lie as in Caffe')
    return t.same(made.config.box_weights, [10, 10, 5, 5], 'settings take the place of what Caffe has')
  })

t.test('another network, a missing layer, and defaults of Caffe', withGoldens, async (t) => {
  const { settings, weights } = await readGolden('seed7')
  const file = join(t.testdir(), 'net.caffemodel')
  writeFileSync(file, encode([['conv1_1', [float32(new Float32Array(27), 1, 3, 3, 3)]]]))
  await t.rejects(detectorFromWeights(file), {
    name: 'DataError',
    message:
      /expected layer conv1 of bottom-up attention's Faster R-CNN with 1 blobs, found none; its layers begin with conv1_1/,
  })
  writeFileSync(file, encode(toCaffe(weights).filter(([name]) => name !== 'res4b3_branch2b')))
  await t.rejects(detectorFromWeights(file), { message: /expected layer res4b3_branch2b/ })
  writeFileSync(file, encode(toCaffe(weights)))
  const { box_weights: _, ...others } = settings as { box_weights?: unknown }
  t.match((await detectorFromWeights(file, others)).config, { box_weights: [1, 1, 1, 1] })
})

t.test('whatever the bytes are, they are weights or a DataError', async (t) => {
  const whole = encode([
    [
      'conv1',
      [
        float32(
          Float32Array.from({ length: 6 }, (_, i) => i),
          2,
          3,
        ),
      ],
    ],
    ['fc', [float32(Float32Array.of(1, 2), 2)]],
  ])
  t.equal(parseCaffemodel(whole, 'net').get('conv1')?.[0]?.shape.join(), '2,3')
  const parse = (bytes: Uint8Array) => {
    try {
      parseCaffemodel(bytes, 'net')
    } catch (error) {
      if (!(error instanceof DataError)) throw error
    }
  }
  for (let length = 0; length < whole.length; length++) parse(whole.subarray(0, length))
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const damaged = Uint8Array.from(whole)
      damaged[at] = value
      parse(damaged)
    }),
    { numRuns: 2000 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), parse), { numRuns: 2000 })
  parse(readFileSync('package.json'))
})
