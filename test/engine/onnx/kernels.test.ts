import t from 'tap'
import { createEngine } from '../../../lib/engine/create.js'
import type { EngineFunction } from '../../../lib/engine/engine.js'
import { kernels } from '../../../lib/engine/onnx/kernels/index.js'
import * as tf from '../../../lib/engine/tfjs.js'
import { adam, dropout, labelLogProb, layerNorm, logSoftmax } from '../../../lib/model/ops.js'
import type { HostTensor, HostTensors } from '../../../lib/tensor.js'

/** What is computed of x (3, 4), y (3, 4) > 0, row (4), ids (3) int32 in 0..3, n and k (3, 4) int32, batch (2, 3, 4). */
type Case = (tensors: Record<Name, tf.Tensor>) => tf.Tensor | tf.Tensor[]
type Name = 'x' | 'y' | 'row' | 'ids' | 'n' | 'k' | 'batch'

const noise = () => tf.tensor1d([123456789, -987654321, 2000000001], 'int32')

/** At least one case for each kernel that is mapped, by its name. */
const cases: Record<string, Case[]> = {
  Abs: [({ x }) => tf.abs(x)],
  Add: [({ x, row }) => tf.add(x, row), ({ x }) => tf.add(x, 0), ({ n, k }) => tf.add(n, k)],
  AddN: [({ x, y }) => tf.addN([x, y, x]), ({ x }) => tf.addN([x])],
  Adam: [
    ({ x, y, batch }) => {
      const moments = { parameter: x, m: tf.reshape(tf.slice(batch, 0, 1), [3, 4]), v: y }
      const rates = { stepSize: tf.scalar(0.3), rootCorrection: tf.scalar(0.1) }
      const betas = { beta1: 0.9, beta2: 0.98, epsilon: 1e-9 }
      return Object.values(adam(moments, tf.cos(x), rates, betas))
    },
  ],
  All: [({ n }) => tf.all(tf.greater(n, 0), 1), ({ n }) => tf.all(tf.greater(n, -9))],
  Any: [({ n }) => tf.any(tf.greater(n, 2), -1, true)],
  ArgMax: [({ x }) => tf.argMax(x, 1), ({ x }) => tf.argMax(x, -1), ({ batch }) => tf.argMax(batch, 0)],
  ArgMin: [({ x }) => tf.argMin(x, 0)],
  BatchMatMul: [
    ({ x, y }) => tf.matMul(x, y, false, true),
    ({ x, y }) => tf.matMul(x, y, true, false),
    ({ x, y }) => tf.matMul(tf.transpose(x), y, true, true).add(1),
    ({ x, y }) => tf.matMul(tf.transpose(x), y),
    ({ batch }) => tf.matMul(batch, batch, false, true),
    ({ batch }) => tf.matMul(batch, batch, true, false),
    ({ batch }) => tf.matMul(batch, batch.slice([0, 0, 0], [1, 3, 4]), false, true),
    ({ x, y, row }) =>
      tf.add(tf.matMul(x, y, false, true).reshape([1, 9]).reshape([3, 3]), tf.slice(row, 1, 3)),
  ],
  Cast: [
    ({ x }) => tf.cast(x, 'int32'),
    ({ n }) => tf.cast(n, 'float32'),
    ({ n }) => tf.cast(tf.cast(n, 'bool'), 'int32'),
  ],
  Ceil: [({ x }) => tf.ceil(x)],
  ClipByValue: [({ x }) => tf.clipByValue(x, -0.5, 0.5)],
  Concat: [({ x, y }) => tf.concat([x, y, x], 1), ({ x, y }) => tf.concat([x, y], 0)],
  Cos: [({ x }) => tf.cos(x)],
  Cumsum: [({ x }) => tf.cumsum(x, 1), ({ x }) => tf.cumsum(x, 0, true, true)],
  Einsum: [({ batch, x }) => tf.einsum('bij,kj->bik', batch, x)],
  Elu: [({ x }) => tf.elu(x)],
  Equal: [({ n, k }) => tf.equal(n, k), ({ n }) => tf.equal(n, tf.scalar(1, 'int32'))],
  Erf: [({ x }) => tf.erf(x)],
  Exp: [({ x }) => tf.exp(x)],
  ExpandDims: [({ x }) => tf.expandDims(x, 1), ({ x }) => tf.expandDims(x, -1)],
  Fill: [({ x }) => tf.add(x, tf.fill(x.shape, 2.5)), ({ n }) => tf.mul(n, tf.fill(n.shape, 7, 'int32'))],
  Floor: [({ x }) => tf.floor(x)],
  FloorDiv: [
    ({ x, y }) => tf.floorDiv(x, y),
    ({ n, k }) => tf.floorDiv(n, tf.add(tf.square(k), tf.scalar(1, 'int32'))),
  ],
  GatherNd: [({ x }) => tf.gatherND(x, tf.tensor2d([0, 1, 2, 3], [2, 2], 'int32'))],
  GatherV2: [
    ({ x, ids }) => tf.gather(x, ids, 1),
    ({ x, ids }) => tf.gather(x, tf.reshape(ids, [1, 3]), 0),
    ({ x, k }) => tf.gather(x, tf.abs(k).minimum(tf.scalar(3, 'int32')).toInt(), 1, 1),
  ],
  Greater: [({ x, y }) => tf.greater(x, y)],
  GreaterEqual: [({ n, k }) => tf.greaterEqual(n, k)],
  Identity: [({ x }) => tf.clone(x).add(1), ({ x }) => tf.clone(x)],
  IsNan: [({ x }) => tf.isNaN(tf.log(x))],
  LabelLogProb: [
    ({ x, ids }) => labelLogProb(tf.reshape(x, [3, 4]), tf.reshape(tf.cast(ids, 'int32'), [3])),
    ({ x, ids }) => labelLogProb(tf.reshape(x, [3, 4]), tf.reshape(tf.cast(ids, 'int32'), [3]), 0.2),
  ],
  LabelLogProbGrad: [0, 0.2].map((smoothing) => ({ x, ids, row }) => {
    const labels = tf.reshape(tf.cast(ids, 'int32'), [3]) as tf.Tensor1D
    const loss = (x: tf.Tensor) =>
      labelLogProb(x as tf.Tensor2D, labels, smoothing)
        .mul(tf.slice(row, 0, 3))
        .sum()
    return tf.grad(loss)(x)
  }),
  LayerNorm: [
    ({ x, y, row }) => layerNorm(x, row, tf.mean(y, 0)),
    ({ batch, row }) => layerNorm(batch, row, row),
  ],
  LayerNormGrad: [
    ({ x, y, row }) => {
      const loss = (...[x, gain, bias]: tf.Tensor[]) => layerNorm(x!, gain!, bias!).mul(y).sum()
      return tf.grads(loss)([x, row, tf.square(row)])
    },
  ],
  LeakyRelu: [({ x }) => tf.leakyRelu(x, 0.1)],
  Less: [({ x, y }) => tf.less(x, y)],
  LessEqual: [({ n, k }) => tf.lessEqual(n, k)],
  Log: [({ y }) => tf.log(y)],
  LogicalAnd: [({ x, n }) => tf.logicalAnd(tf.greater(x, 0), tf.greater(n, 0))],
  LogSoftmax: [
    ({ x }) => logSoftmax(tf.reshape(x, [3, 4])),
    ({ x, y }) =>
      tf.grad((logits: tf.Tensor) =>
        tf.sum(tf.mul(logSoftmax(tf.reshape(logits, [3, 4])), tf.reshape(y, [3, 4]))),
      )(x),
  ],
  LogicalNot: [({ x }) => tf.logicalNot(tf.greater(x, 0))],
  LogicalOr: [({ x, n }) => tf.logicalOr(tf.greater(x, 0), tf.greater(n, 0))],
  MaskedDropout: [({ x }) => dropout(x as tf.Tensor2D, 0.4, 'key', noise())],
  MaskedDropoutGrad: [
    ({ x, y }) =>
      tf.grad((x: tf.Tensor) =>
        dropout(x as tf.Tensor2D, 0.4, 'key', noise())
          .mul(y)
          .sum(),
      )(x),
  ],
  Max: [({ x }) => tf.max(x, 1), ({ x }) => tf.max(x, [0, 1])],
  Maximum: [({ x, y }) => tf.maximum(x, y)],
  Mean: [({ x }) => tf.mean(x), ({ batch }) => tf.mean(batch, [0, 2], true)],
  Min: [({ x }) => tf.min(x, 0)],
  Minimum: [({ x, row }) => tf.minimum(x, row)],
  Mod: [({ x, y }) => tf.mod(x, y), ({ n, k }) => tf.mod(n, tf.add(tf.square(k), tf.scalar(1, 'int32')))],
  Multiply: [
    ({ x, row }) => tf.mul(x, row),
    ({ x }) => tf.mul(x, 1),
    ({ x }) => tf.mul(x, tf.mul(tf.scalar(2), 3)),
  ],
  Neg: [({ x }) => tf.neg(x)],
  NotEqual: [({ n, k }) => tf.notEqual(n, k)],
  OneHot: [
    ({ ids }) => tf.oneHot(tf.cast(ids, 'int32'), 4),
    ({ ids }) => tf.oneHot(tf.cast(ids, 'int32'), 4, 0.9, 0.1),
  ],
  OnesLike: [({ x }) => tf.add(x, tf.onesLike(x)), ({ n }) => tf.onesLike(n)],
  Pack: [({ x, y }) => tf.stack([x, y], 1), ({ row }) => tf.stack([row, row])],
  PadV2: [
    ({ x }) =>
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2],
        ],
        3,
      ),
    ({ n }) =>
      tf.pad(n, [
        [0, 0],
        [1, 1],
      ]),
  ],
  Pow: [({ y }) => tf.pow(y, 1.5), ({ y, x }) => tf.pow(y, x)],
  Prod: [({ x }) => tf.prod(x, 1)],
  Range: [({ row }) => tf.add(row, tf.range(0, 4)), () => tf.range(3, 9, 2, 'int32')],
  RealDiv: [({ x, y }) => tf.div(x, y), ({ x }) => tf.div(1, tf.add(tf.abs(x), 1))],
  Reciprocal: [({ y }) => tf.reciprocal(y)],
  Relu: [({ x }) => tf.relu(x)],
  Reshape: [({ x }) => tf.reshape(x, [2, -1]), ({ x }) => tf.reshape(tf.reshape(x, [12]), [3, 4]).add(1)],
  Reverse: [({ x }) => tf.reverse(x, 1), ({ batch }) => tf.reverse(batch, [0, 2])],
  Round: [({ x }) => tf.round(x)],
  Rsqrt: [({ y }) => tf.rsqrt(y)],
  ScatterNd: [({ x }) => tf.scatterND(tf.tensor2d([1, 0, 1], [3, 1], 'int32'), x, [3, 4])],
  Select: [
    ({ x, y }) => tf.where(tf.greater(x, 0), x, y),
    ({ x, y, row }) => tf.where(tf.greater(row, 0), x, y),
  ],
  Sigmoid: [({ x }) => tf.sigmoid(x)],
  Sign: [({ x }) => tf.sign(x)],
  Sin: [({ x }) => tf.sin(x)],
  Slice: [({ x }) => tf.slice(x, [1, 1], [2, -1]), ({ batch }) => tf.slice(batch, [0, 1, 0], [2, 1, 4])],
  Softmax: [({ x }) => tf.softmax(x), ({ batch }) => tf.softmax(batch)],
  Softplus: [({ x }) => tf.softplus(x)],
  SplitV: [({ x }) => tf.split(x, 2, 1), ({ x }) => tf.split(x, [1, 2], 0)],
  Sqrt: [({ y }) => tf.sqrt(y)],
  Square: [({ x }) => tf.square(x)],
  SquaredDifference: [({ x, y }) => tf.squaredDifference(x, y)],
  Step: [({ x }) => tf.step(x), ({ x }) => tf.step(x, 0.5)],
  StridedSlice: [({ x }) => tf.stridedSlice(x, [0, 3], [3, 0], [2, -1])],
  Sub: [({ x, row }) => tf.sub(x, row), ({ x }) => tf.sub(0, x)],
  Sum: [
    ({ x }) => tf.sum(tf.square(x), 1),
    ({ x, y }) => tf.sum(tf.mul(x, y)),
    ({ x }) => tf.sum(x),
    ({ batch }) => tf.sum(batch, [0, 1]),
    ({ x }) => tf.sum(tf.tile(tf.div(x, 90), [30, 20]), 0), // (90, 80): a product with ones
    ({ batch }) => tf.sum(tf.tile(tf.div(batch, 300), [5, 10, 20]), [0, 1], true),
    ({ n }) => tf.sum(n, 1),
  ],
  Tanh: [({ x }) => tf.tanh(x)],
  TensorScatterUpdate: [
    ({ x, y }) => tf.tensorScatterUpdate(x, tf.tensor2d([2], [1, 1], 'int32'), tf.slice(y, 0, 1)),
  ],
  Tile: [
    ({ x, y }) =>
      tf.grad((x: tf.Tensor) =>
        tf
          .tile(x, [2, 3])
          .mul(tf.tile(y, [2, 3]).cumsum(1))
          .sum(),
      )(x),
    ({ row, y }) =>
      tf.grad((row: tf.Tensor) =>
        tf
          .tile(tf.reshape(row, [1, 4]), [3, 1])
          .mul(y)
          .sum(),
      )(row),
    ({ x }) => tf.tile(x, [2, 1]),
    ({ row }) => tf.broadcastTo(tf.reshape(row, [1, 4]), [3, 4]),
  ],
  TopK: [({ x }) => Object.values(tf.topk(x, 2))],
  Transpose: [
    ({ x }) => tf.transpose(x),
    ({ batch }) => tf.transpose(tf.transpose(batch, [2, 0, 1]), [1, 0, 2]),
    ({ x }) => tf.transpose(tf.reshape(x, [3, 1, 4]), [1, 0, 2]),
  ],
  Unpack: [({ x }) => tf.unstack(x, 1)],
  UnsortedSegmentSum: [
    ({ x, ids }) => tf.unsortedSegmentSum(x, tf.cast(ids, 'int32') as tf.Tensor1D, 4),
    ({ x, ids }) => tf.grad((table: tf.Tensor) => tf.gather(table, tf.cast(ids, 'int32')))(tf.concat([x, x])),
  ],
  ZerosLike: [({ x }) => tf.add(x, tf.zerosLike(x)), ({ n }) => tf.zerosLike(n)],
  _FusedMatMul: [
    ({ x, y, row }) =>
      tf.fused.matMul({ a: x, b: y, transposeB: true, bias: tf.slice(row, 0, 3), activation: 'relu' }),
    ({ x, y }) => tf.fused.matMul({ a: x, b: y, transposeA: true }),
  ],
}

const float = (shape: number[], f: (i: number) => number): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => f(i)),
})
const int = (shape: number[], values: number[]): HostTensor => ({
  shape,
  dtype: 'int32',
  data: Int32Array.from(values),
})

const inputs: HostTensors = {
  x: float([3, 4], (i) => 1.7 * Math.sin(i * i + 1)),
  y: float([3, 4], (i) => 0.3 + 0.5 * (1 + Math.cos(3 * i))),
  row: float([4], (i) => Math.cos(i * 2.5)),
  ids: int([3], [2, 0, 2]),
  n: int([3, 4], [5, -7, 0, 2, 1, 1, 3, -4, 8, 6, -2, 3]),
  k: int([3, 4], [5, 2, 0, -2, 3, 1, -3, 1, 0, 2, -2, 1]),
  batch: float([2, 3, 4], (i) => Math.sin(i * 1.3)),
}

const specs = Object.fromEntries(
  Object.entries(inputs).map(([name, { shape, dtype }]) => [name, { shape, dtype: dtype as 'float32' }]),
)

await t.test('every mapped kernel computes what tfjs computes', async (t) => {
  t.strictSame(
    Object.keys(kernels).filter((name) => !cases[name]),
    [],
    'each has a case',
  )
  const oracle = await createEngine({ engine: 'cpu' })
  const engine = await createEngine({ engine: 'onnxruntime', threads: 1 })
  for (const [kernel, list] of Object.entries(cases))
    for (const [i, wanted] of list.entries()) {
      const fn: EngineFunction = (tensors) => {
        const result = [wanted(tensors as Record<Name, tf.Tensor>)].flat()
        return { outputs: Object.fromEntries(result.map((tensor, i) => [`out${i}`, tensor])) }
      }
      const [expected, found] = await Promise.all(
        [oracle, engine].map(async (engine) => {
          const compiled = await engine.compile(kernel, fn, { inputs: specs })
          const outputs = await compiled.run(inputs)
          compiled.dispose()
          return outputs
        }),
      )
      for (const [name, tensor] of Object.entries(expected!)) {
        const other = found![name]!
        t.strictSame(
          [other.shape, other.dtype],
          [tensor.shape, tensor.dtype],
          `${kernel} ${i} shape and type`,
        )
        const off = tensor.data.findIndex((value, i) => {
          const difference = Math.abs(Number(value) - Number(other.data[i]))
          return (
            !(difference <= 1e-6 * (1 + Math.abs(Number(value)))) &&
            !(Number.isNaN(value) && Number.isNaN(other.data[i]))
          )
        })
        t.equal(
          off,
          -1,
          `${kernel} ${i}: ${name}[${off}] is ${other.data[off]}, expected ${tensor.data[off]}`,
        )
      }
    }
  oracle.dispose()
  engine.dispose()
})
