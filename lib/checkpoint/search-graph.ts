/** A model with its beam search as one ONNX graph: features of any number of images in, words out. */
import type { EngineFunction, Precision, Tensors } from '../engine/engine.js'
import { encodeModel, type GraphMessage, type NodeMessage, type ValueMessage } from '../engine/onnx/proto.js'
import { quantizeProducts } from '../engine/onnx/quantize.js'
import { opset, stateInput, stateOutput, toGraph } from '../engine/onnx/serialize.js'
import { trace, type TraceSignature } from '../engine/onnx/trace.js'
import * as tf from '../engine/tfjs.js'
import { special, type ModelConfig } from '../model/config.js'
import { encodeImages, decodeStep, type StepInputs } from '../model/decode-step.js'
import { cacheSpecs, crossSpecs } from '../model/kv-cache.js'
import { float32Spec, int32Spec, type HostTensors, type Specs } from '../tensor.js'

/** Beams and the most words of a caption. */
export interface SearchSizes {
  readonly beams: number
  readonly length: number
}

/**
 * `features` (images, regions, featureWidth) to `words` (images, length) int32, the best caption's ids up to and with
 * `<eos>`, then `<pad>`; and `log_prob` (images), the sum of its words' log-probabilities.
 *
 * The graph scans the images. For each it encodes the regions and loops over positions, until no open beam can overtake
 * the best one that has ended. Weights are initializers of the whole graph, which both bodies refer to.
 */
export function searchGraph(
  config: ModelConfig,
  constants: HostTensors,
  sizes: SearchSizes,
  precision: Precision,
): Uint8Array {
  const record = (name: string, fn: EngineFunction, signature: TraceSignature) => {
    const traced = trace(name, fn, { ...signature, constants })
    return toGraph(name, precision === 'int8' ? quantizeProducts(traced) : traced, `${name}/`).message
  }
  const image: Specs = { image: float32Spec(config.regions, config.featureWidth) }
  const state = stateSpecs(config, sizes)
  const encode = record('encode', encodeFunction(config), { inputs: image })
  const step = record('step', searchStep(config, sizes), { inputs: crossSpecs(config, 1), state })
  const start = startValues(state, sizes)

  const loop = node('Loop', ['length', 'true', ...start.names], Object.keys(state).map(final), {
    body: { graph: loopBody(step, state) },
  })
  const best = (entry: string, output: string) =>
    node('Gather', [final(entry), 'first'], [output], { axis: 0 })
  const body: GraphMessage = {
    name: 'image',
    nodes: [...encode.nodes, ...start.nodes, loop, best('captions', 'caption'), best('scores', 'score')],
    initializers: [],
    inputs: valuesOf(image),
    outputs: [value('caption', [sizes.length], 'int32'), value('score', [], 'float32')],
  }
  return encodeModel({
    name: 'search',
    opset,
    nodes: [node('Scan', ['features'], ['words', 'log_prob'], { body: { graph: body }, num_scan_inputs: 1 })],
    initializers: [
      ...unique([...encode.initializers, ...step.initializers, ...start.initializers]),
      tensor('length', [], 'int64', BigInt64Array.of(BigInt(sizes.length))),
      tensor('first', [], 'int64', BigInt64Array.of(0n)),
      tensor('true', [], 'bool', Uint8Array.of(1)),
    ],
    inputs: [value('features', ['images', config.regions, config.featureWidth], 'float32')],
    outputs: [value('words', ['images', sizes.length], 'int32'), value('log_prob', ['images'], 'float32')],
  })
}

const encodeFunction =
  (config: ModelConfig): EngineFunction =>
  ({ image }, parameters) => ({
    outputs: encodeImages({ config, parameters }, tf.expandDims(image!, 0) as tf.Tensor3D), // of an image's rank
  })

/** What a search of one image keeps: its beams and the decoder's cache. Shapes: k beams, t positions, v vocabulary. */
const stateSpecs = (config: ModelConfig, { beams, length }: SearchSizes): Specs => ({
  position: int32Spec(1),
  words: int32Spec(1, beams),
  parents: int32Spec(1, beams),
  scores: float32Spec(beams),
  ended: int32Spec(beams),
  captions: int32Spec(beams, length),
  ...cacheSpecs(config, { slots: 1, beams, length }),
})

/**
 * One word more for every beam, as lib/decoding/search/beam.ts chooses it: the best sums of log-probabilities of all
 * beams' words, of equal ones the earlier beam's and then the smaller word; an ended beam keeps its score and goes on
 * with word 0. Output `more`: 1 while an open beam may still become the best.
 */
export const searchStep =
  (config: ModelConfig, { beams, length }: SearchSizes): EngineFunction =>
  (cross, { position, words, parents, scores, ended, captions, ...kept }) => {
    const model = { config, parameters: kept as Tensors } // the parameters are constants, which the state holds too
    const inputs = { words, parents, positions: position } as StepInputs // as stateSpecs says
    const { logProbs, cache } = decodeStep(model, inputs, { ...cross, ...(kept as Tensors) }) // (k, v)

    const never = tf.scalar(-Infinity)
    const hasEnded = tf.cast(ended!, 'bool') // (k)
    const before = tf.expandDims(scores!, 1) // (k, 1)
    const isFirst = tf.equal(tf.range(0, config.vocabularySize, 1, 'int32'), tf.scalar(0, 'int32')) // (v)
    const atNoCost = tf.where(tf.expandDims(isFirst, 0), before, never) // (k, v)
    const sums = tf.where(tf.expandDims(hasEnded, 1), atNoCost, tf.add(before, logProbs)) // (k, v)
    const { values, indices } = tf.topk(tf.reshape(sums, [-1]), beams) // (k), (k)

    const size = tf.scalar(config.vocabularySize, 'int32')
    const from = tf.floorDiv(indices, size) // (k)
    const next = tf.sub(indices, tf.mul(from, size)) // (k)
    const wasEnded = tf.cast(tf.gather(ended!, from as tf.Tensor1D), 'bool') // (k); a vector, as indices are
    const isEnd = tf.equal(next, tf.scalar(special.eos, 'int32')) // (k)
    const nowEnded = tf.logicalOr(wasEnded, isEnd) // (k)
    const written = tf.where(wasEnded, tf.scalar(special.pad, 'int32'), next) // (k)
    const here = tf.equal(tf.range(0, length, 1, 'int32'), position!) // (t)
    const past = tf.gather(captions!, from as tf.Tensor1D) // (k, t); as above
    const open = tf.max(tf.where(nowEnded, never, values))
    const done = tf.max(tf.where(nowEnded, values, never))
    return {
      outputs: { more: tf.greater(open, done) },
      state: {
        ...cache,
        position: tf.add(position!, tf.scalar(1, 'int32')),
        words: tf.expandDims(next, 0),
        parents: tf.expandDims(from, 0),
        scores: values,
        ended: tf.cast(nowEnded, 'int32'),
        captions: tf.where(tf.expandDims(here, 0), tf.expandDims(written, 1), past),
      },
    }
  }

/** The values of a search that has not begun: all zeros but for what a caption starts with. */
function startValues(state: Specs, { beams, length }: SearchSizes) {
  const begin: Record<string, Int32Array | Float32Array> = {
    words: new Int32Array(beams).fill(special.bos),
    parents: Int32Array.from({ length: beams }, (_, beam) => beam),
    scores: new Float32Array(beams).fill(-Infinity).fill(0, 0, 1),
    captions: new Int32Array(beams * length).fill(special.pad),
  }
  const names = Object.keys(state).map((key) => `start/${key}`)
  const filled = Object.entries(state).filter(([key]) => !begin[key])
  return {
    names,
    nodes: filled.map(([key, { dtype }]) =>
      node('Expand', [`zero/${dtype}`, `size/${key}`], [`start/${key}`]),
    ),
    initializers: [
      tensor('zero/float32', [], 'float32', new Float32Array(1)),
      tensor('zero/int32', [], 'int32', new Int32Array(1)),
      ...filled.map(([key, { shape }]) =>
        tensor(`size/${key}`, [shape.length], 'int64', BigInt64Array.from(shape, BigInt)),
      ),
      ...Object.entries(begin).map(([key, data]) =>
        tensor(`start/${key}`, state[key]!.shape, data instanceof Int32Array ? 'int32' : 'float32', data),
      ),
    ],
  }
}

/** A step as the body of Loop: its count, whether to go on, and the state come in; whether to go on, and the state out. */
function loopBody({ name, nodes }: GraphMessage, state: Specs): GraphMessage {
  const entries = (nameOf: (key: string) => string) =>
    Object.entries(state).map(([key, { shape, dtype }]) => value(nameOf(key), shape, dtype as 'int32')) // float32 or int32
  return {
    name,
    nodes: [...nodes, node('Cast', ['more'], ['goes on'], { to: 9 })],
    initializers: [],
    inputs: [value('iteration', [], 'int64'), value('went on', [], 'bool'), ...entries(stateInput)],
    outputs: [value('goes on', [], 'bool'), ...entries(stateOutput)],
  }
}

const final = (key: string) => `final/${key}`

const node = (
  opType: string,
  input: string[],
  output: string[],
  attributes: NodeMessage['attributes'] = {},
): NodeMessage => ({ opType, name: `${opType}/${output[0]}`, input, output, attributes })

const value = (name: string, shape: ValueMessage['shape'], dtype: ValueMessage['dtype']): ValueMessage => ({
  name,
  shape,
  dtype,
})

const valuesOf = (specs: Specs) =>
  Object.entries(specs).map(([name, { shape, dtype }]) => value(name, shape, dtype as 'float32')) // as above

const tensor = (
  name: string,
  shape: readonly number[],
  dtype: ValueMessage['dtype'],
  data: Int32Array | Float32Array | BigInt64Array | Uint8Array,
) => ({ ...value(name, shape, dtype), bytes: new Uint8Array(data.buffer) })

const unique = <T extends { name: string }>(values: readonly T[]): T[] => [
  ...new Map(values.map((value) => [value.name, value])).values(),
]
