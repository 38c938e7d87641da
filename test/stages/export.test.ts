import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ort from 'onnxruntime-node'
import t from 'tap'
import { writeModelDirectory } from '../../lib/checkpoint/directory.js'
import { readSafetensors, writeSafetensors } from '../../lib/formats/safetensors.js'
import { configOf } from '../../lib/checkpoint/infer-config.js'
import { checkParameters } from '../../lib/checkpoint/weights.js'
import * as tf from '../../lib/engine/tfjs.js'
import { modelConfig, type ModelConfig } from '../../lib/model/config.js'
import { initialParameters } from '../../lib/model/parameters.js'
import { logProbs } from '../../lib/model/transformer.js'
import exportModel from '../../lib/stages/export.js'
import { Vocabulary, specialWords } from '../../lib/text/vocabulary.js'
import type { HostTensors } from '../../lib/tensor.js'
import { near } from '../near.js'
import { noPython, pythonWith, runPython } from '../python.js'
import { noShared, shared } from '../shared.js'
import { collect, listen, stream } from './collect.js'

/** A model, and a file of what it makes of features and captions. */
interface Case {
  config: ModelConfig
  parameters: HostTensors
  /** Safetensors: `features`, `captions` (int64) and the `log_probs` of the words that follow each. */
  file: string
}

const [images, length, words, pad] = [6, 14, 120, 1]

const tiny = shared('goldens/model/tiny')
async function goldenCase(): Promise<Case> {
  const parameters = await readSafetensors(join(tiny ?? '', 'model.safetensors'))
  const config = configOf(parameters, { heads: 4, regions: 10 }, 'golden')
  return { config, parameters, file: join(tiny ?? '', 'golden.safetensors') }
}

/** A model of random weights, and what the model's own code makes of random images. */
async function randomCase(folder: string): Promise<Case> {
  const sizes = { width: 32, heads: 4, keyWidth: 8, valueWidth: 8, hiddenWidth: 64, memorySlots: 5 }
  const config = modelConfig.parse({ vocabularySize: words, ...sizes, featureWidth: 48, regions: 10 })
  const parameters = initialParameters(config, 1)
  await tf.setBackend('cpu')
  const model = {
    config,
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, { data, shape }]) => [
        name,
        tf.tensor(data as Float32Array, [...shape]),
      ]), // as all parameters are
    ),
  }
  const features = tf.randomUniform<tf.Rank.R3>([images, 10, 48], 0, 1, 'float32', 2)
  const captions = tf.randomUniform([images, 1, length], 2, words, 'int32', 3) as tf.Tensor3D // of that shape
  const expected = logProbs(model, features, captions) // (images * length, words)
  const file = join(folder, 'case.safetensors')
  await writeSafetensors(file, {
    features: { shape: features.shape, dtype: 'float32', data: Float32Array.from(features.dataSync()) },
    captions: {
      shape: [images, length],
      dtype: 'int64',
      data: BigInt64Array.from(captions.dataSync(), BigInt),
    },
    log_probs: {
      shape: [images, length, words],
      dtype: 'float32',
      data: Float32Array.from(expected.dataSync()),
    },
  })
  return { config, parameters, file }
}

/** The model as graphs of one beam for the captions of its case. */
async function graphs(folder: string, { config, parameters: tensors }: Case, int8 = false): Promise<string> {
  const model = join(folder, 'model')
  const names = [...specialWords, ...Array.from({ length: words - 4 }, (_, i) => `word${i}`)]
  const vocabulary = new Vocabulary({ words: names, counts: names.map(() => 0) })
  const parameters = checkParameters(tensors, config, 'test')
  await writeModelDirectory(model, { config: { model: config }, parameters, vocabulary })
  const onnx = join(folder, 'onnx')
  const options = {
    model,
    onnx,
    int8,
    safetensors: undefined,
    images,
    beam: 1,
    maxLength: length,
    overwrite: false,
  }
  const again = { ...options, onnx: model }
  await t.rejects(
    collect(exportModel.run(stream([]), again, listen('export').context)),
    /holds a model already; --overwrite/,
  )
  const records = await collect(exportModel.run(stream([]), options, listen('export').context))
  t.match(records, [
    { file: join(onnx, 'encoder.onnx'), inputs: { features: [images, 10, 48] } },
    { file: join(onnx, 'decode-step.onnx'), outputs: { logProbs: [images, words] } },
    { file: join(onnx, 'search.onnx'), inputs: { features: ['images', 10, 48] } },
  ])
  t.same(readdirSync(onnx).toSorted(), ['decode-step.onnx', 'encoder.onnx', 'search.onnx', 'vocab.json'])
  return onnx
}

/** The largest difference from the case's log-probabilities over words that are no padding, fed one by one. */
async function distanceInNode(onnx: string, file: string): Promise<number> {
  const { features, captions, log_probs: expected } = await readSafetensors(file)
  const shown = Array.from(captions?.data ?? [], Number)
  const encoder = await ort.InferenceSession.create(join(onnx, 'encoder.onnx'))
  const step = await ort.InferenceSession.create(join(onnx, 'decode-step.onnx'))
  const data = Float32Array.from(features?.data ?? [], Number)
  const cross = await encoder.run({ features: new ort.Tensor('float32', data, [images, 10, 48]) })
  const ints = (values: number[], shape: number[]) => new ort.Tensor('int32', Int32Array.from(values), shape)
  const zeros = Array.from({ length: images }, () => 0)
  let kept: Record<string, ort.Tensor> = {}
  for (const input of step.inputMetadata)
    if (input.isTensor && input.name.startsWith('state/')) {
      const shape = input.shape.map(Number)
      const size = shape.reduce((product, n) => product * n, 1)
      kept[input.name] =
        input.type === 'int32'
          ? new ort.Tensor('int32', new Int32Array(size), shape)
          : new ort.Tensor('float32', new Float32Array(size), shape)
    }
  let most = 0
  for (let position = 0; position < length; position++) {
    const now = zeros.map((_, image) => shown[image * length + position] ?? pad)
    const { logProbs, ...next } = await step.run({
      ...Object.fromEntries(step.inputNames.flatMap((name) => (cross[name] ? [[name, cross[name]]] : []))),
      ...kept,
      words: ints(now, [images, 1]),
      parents: ints(zeros, [images, 1]),
      positions: ints(
        zeros.map(() => position),
        [images],
      ),
    })
    kept = Object.fromEntries(
      Object.entries(next).map(([name, tensor]) => [name.replace('next/', 'state/'), tensor]),
    )
    for (const [image, word] of now.entries()) {
      if (word === pad) continue
      const start = (image * length + position) * words
      for (let v = 0; v < words; v++) {
        const difference = Number(logProbs?.data[image * words + v]) - Number(expected?.data[start + v])
        most = Math.max(most, Math.abs(difference))
      }
    }
  }
  return most
}

t.test('the graphs give the numbers of the model', async (t) => {
  const folder = t.testdir()
  const random = await randomCase(folder)
  const exact = await distanceInNode(await graphs(folder, random), random.file)
  near(t, exact, 0, 1e-5, 'log-probabilities')
  const rough = await distanceInNode(await graphs(folder, random, true), random.file)
  near(t, rough, 0.1, 0.1 - 1e-5, 'log-probabilities in int8')
})

t.test('and those of the reference', { skip: tiny ? false : noShared }, async (t) => {
  const golden = await goldenCase()
  const distance = await distanceInNode(await graphs(t.testdir(), golden), golden.file)
  near(t, distance, 0, 1e-5, 'log-probabilities')
})

const python = pythonWith('onnxruntime', 'numpy')
t.test(
  "Python's onnxruntime runs the graphs",
  { skip: python ? false : noPython('onnxruntime') },
  async (t) => {
    const folder = t.testdir()
    const random = await randomCase(folder)
    const script = `
import struct, numpy as np, onnxruntime as ort
ort.set_default_logger_severity(3)
data = open(argv[1], 'rb').read()
start = 8 + struct.unpack('<Q', data[:8])[0]
header = json.loads(data[8:start])
types = {'F32': np.float32, 'I64': np.int64}
def tensor(name):
    begin, end = header[name]['data_offsets']
    return np.frombuffer(data[start + begin:start + end], types[header[name]['dtype']]).reshape(header[name]['shape'])
encoder, step = (ort.InferenceSession(argv[0] + name, providers=['CPUExecutionProvider']) for name in ('/encoder.onnx', '/decode-step.onnx'))
captions, expected = tensor('captions'), tensor('log_probs')
images, length = captions.shape
cross = dict(zip([o.name for o in encoder.get_outputs()], encoder.run(None, {'features': tensor('features')})))
names = [i.name for i in step.get_inputs()]
kept = {i.name: np.zeros(i.shape, np.int32 if 'int32' in i.type else np.float32) for i in step.get_inputs() if i.name.startswith('state/')}
most = 0
for position in range(length):
    words = captions[:, position:position + 1].astype(np.int32)
    feeds = {**cross, **kept, 'words': words, 'parents': np.zeros_like(words), 'positions': np.full(images, position, np.int32)}
    results = dict(zip([o.name for o in step.get_outputs()], step.run(None, {name: feeds[name] for name in names})))
    kept = {name: results[name.replace('state/', 'next/')] for name in kept}
    real = words[:, 0] != 1
    most = max(most, float(np.abs(results['logProbs'] - expected[:, position])[real].max()))
print(json.dumps(most))
`
    for (const [int8, most] of [
      [false, 1e-5],
      [true, 0.2],
    ] as const) {
      const onnx = await graphs(folder, random, int8)
      const distance = Number(runPython(python ?? '', script, onnx, random.file))
      near(t, distance, 0, most, int8 ? 'log-probabilities in int8' : 'log-probabilities')
    }
  },
)
