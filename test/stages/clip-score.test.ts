/** `m2 clip-score`: CLIPScore and RefCLIPScore, of embeddings and of a pair of ONNX graphs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { encodeModel, type NodeMessage } from '../../lib/engine/onnx/proto.js'
import { pixelsOf } from '../../lib/metrics/clip/encoders.js'
import { readClipWords } from '../../lib/metrics/clip/words.js'
import { randomOf } from '../metrics/clip/random.js'
import type { MetricRecord } from '../../lib/records.js'
import clipScore from '../../lib/stages/clip-score.js'
import { near } from '../near.js'
import { noPython, pythonWith, runPython } from '../python.js'
import { npy } from '../metrics/clip/npy.js'
import ort from 'onnxruntime-node'
import { collect, listen, stream } from './collect.js'

process.env['ORT_DISABLE_TELEMETRY'] = '1'
ort.env.logLevel = 'error'

type Options = Parameters<typeof clipScore.run>[1]
const none: Options = {
  imageModel: undefined,
  textModel: undefined,
  merges: undefined,
  photos: '.',
  imageEmbeddings: undefined,
  captionEmbeddings: undefined,
  referenceEmbeddings: undefined,
}
type Input = Parameters<typeof clipScore.run>[0]
const run = async (records: readonly object[], options: Partial<Options>): Promise<MetricRecord[]> =>
  collect(
    clipScore.run(
      stream(records) as unknown as Input, // as its schema says
      { ...none, ...options },
      listen('clip-score').context,
    ) as AsyncIterable<MetricRecord>, // what it writes
  )

const counts = [2, 1, 3]
const records = counts.map((count, i) => ({
  image_id: i,
  file_name: `${i}.png`,
  caption: `caption ${i} of a dog`,
  captions: Array.from({ length: count }, (_, k) => `reference ${k} of ${i}`),
}))
const width = 5
const folder = t.testdir()
const random = randomOf(7)
const rows = (count: number) => Float32Array.from({ length: count * width }, random)
const vectors = { v: rows(3), c: rows(3), r: rows(6) }
const file = (name: string) => join(folder, name)
for (const [name, data] of Object.entries(vectors)) writeFileSync(file(`${name}.npy`), npy(data, width))
const embeddings = {
  imageEmbeddings: file('v.npy'),
  captionEmbeddings: file('c.npy'),
  referenceEmbeddings: file('r.npy'),
}

/** The definition, in the paper's terms. */
function byDefinition({ v, c, r }: typeof vectors) {
  const of = (data: Float32Array, i: number) => Array.from(data.slice(i * width, (i + 1) * width))
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, k) => sum + x * b[k]!, 0)
  const cos = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  let first = 0
  const scores = counts.map((count, i) => {
    const clip = 2.5 * Math.max(cos(of(c, i), of(v, i)), 0)
    const best = Math.max(0, ...Array.from({ length: count }, (_, k) => cos(of(c, i), of(r, first + k))))
    first += count
    return [clip, clip + best > 0 ? (2 * clip * best) / (clip + best) : 0] as const
  })
  return [0, 1].map((k) => scores.reduce((sum, score) => sum + score[k]!, 0) / scores.length)
}

t.test('of embeddings it is the definition', async (t) => {
  const metrics = await run(records, embeddings)
  t.same(
    metrics.map(({ metric, n }) => [metric, n]),
    [
      ['CLIPScore', 3],
      ['RefCLIPScore', 3],
    ],
  )
  near(
    t,
    metrics.map(({ score }) => score),
    byDefinition(vectors),
    1e-12,
    'scores',
  )
  t.match(metrics[0]!.signature, /^CLIPScore\|embeddings:npy\|version:/)
  const alone = await run(records, { ...embeddings, referenceEmbeddings: undefined })
  t.same(
    alone.map(({ metric }) => metric),
    ['CLIPScore'],
    'no references',
  )
})

const python = pythonWith('numpy')
t.test('and what numpy makes of it', { skip: python ? false : noPython('numpy') }, async (t) => {
  const script = `
import numpy as np
v, c, r = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (np.load(f'{argv[0]}/{n}.npy').astype(np.float64) for n in 'vcr'))
clip = 2.5 * np.clip((v * c).sum(1), 0, None)
ends = np.cumsum(json.loads(argv[1])); starts = np.r_[0, ends[:-1]]
best = np.array([max(0, (r[a:b] @ c[i]).max()) for i, (a, b) in enumerate(zip(starts, ends))])
both = clip + best
print(json.dumps([clip.mean(), np.where(both > 0, 2 * clip * best / np.where(both > 0, both, 1), 0).mean()]))
`
  const expected = runPython(python!, script, folder, JSON.stringify(counts)) as number[]
  near(
    t,
    (await run(records, embeddings)).map(({ score }) => score),
    expected,
    1e-12,
    'scores',
  )
})

t.test('of a pair of ONNX graphs and photographs', async (t) => {
  const size = 4
  const weights = { image: rows(3 * size * size), text: rows(77) }
  const graph = (
    name: string,
    input: string,
    shape: number[],
    dtype: 'float32' | 'int64',
    data: Float32Array,
  ) => {
    const node = (
      opType: string,
      from: string[],
      to: string,
      attributes: NodeMessage['attributes'] = {},
    ) => ({
      opType,
      name: opType,
      input: from,
      output: [to],
      attributes,
    })
    const inputs = shape.slice(1).reduce((product, n) => product * n, 1)
    const bytes = new Uint8Array(data.buffer)
    return encodeModel({
      name,
      opset: 18,
      nodes: [
        node('Cast', [input], 'numbers', { to: 1 }),
        node('Flatten', ['numbers'], 'flat', { axis: 1 }),
        node('MatMul', ['flat', 'weight'], `${name}_embeds`),
      ],
      initializers: [{ name: 'weight', shape: [inputs, width], dtype: 'float32', bytes }],
      inputs: [{ name: input, shape, dtype }],
      outputs: [{ name: `${name}_embeds`, shape: [1, width], dtype: 'float32' }],
    })
  }
  writeFileSync(
    file('vision.onnx'),
    graph('image', 'pixel_values', [1, 3, size, size], 'float32', weights.image),
  )
  writeFileSync(file('text.onnx'), graph('text', 'input_ids', [1, 77], 'int64', weights.text))
  writeFileSync(file('merges.txt'), '#version: 0.2\no f</w>\nd o\ndo g</w>\n')
  for (const i of counts.keys()) {
    const raw = Buffer.from(Array.from({ length: 6 * 5 * 3 }, (_, k) => (k * 37 + i * 91) % 256))
    await sharp(raw, { raw: { width: 6, height: 5, channels: 3 } })
      .png()
      .toFile(file(`${i}.png`))
  }
  const times = (values: ArrayLike<number>, weight: Float32Array) =>
    Float32Array.from({ length: width }, (_, k) =>
      Array.from(values).reduce((sum, x, i) => sum + x * weight[i * width + k]!, 0),
    )
  const words = await readClipWords(file('merges.txt'))
  const text = (caption: string) => times(words(`A photo depicts ${caption}`).ids, weights.text)
  const flat = (all: Float32Array[]) => Float32Array.from(all.flatMap((row) => Array.from(row)))
  const images = await Promise.all(records.map(({ file_name }) => pixelsOf(file(file_name), size)))
  const expected = byDefinition({
    v: flat(images.map((pixels) => times(pixels, weights.image))),
    c: flat(records.map(({ caption }) => text(caption))),
    r: flat(records.flatMap(({ captions }) => captions.map(text))),
  })
  const models = { imageModel: file('vision.onnx'), textModel: file('text.onnx'), photos: folder }
  const metrics = await run(records, models)
  near(
    t,
    metrics.map(({ score }) => score),
    expected,
    1e-5,
    'scores',
  )
  t.match(metrics[0]!.signature, /\|embeddings:onnx:[0-9a-f]{8}\+[0-9a-f]{8}\|/)
  await t.rejects(
    run([{ ...records[0]!, file_name: 'none.png' }], models),
    /none\.png: expected a photograph/,
  )
})

t.test("words are CLIP's pieces", async (t) => {
  writeFileSync(file('merges.txt'), '#version: 0.2\no f</w>\nd o\ndo g</w>\n')
  const words = await readClipWords(file('merges.txt'))
  const { ids, end } = words(' A  DOG of é!')
  // 256 bytes, 256 bytes that end a word, then the merges: of</w> 512, do 513, dog</w> 514, start 515, end 516.
  t.same(ids.slice(0, end + 1), [515, 256 + 64, 514, 512, 127, 256 + 102, 256, 516])
  t.equal(ids.length, 77)
  t.same(words('dog '.repeat(100)).end, 76, 'long texts are cut')
  writeFileSync(file('bad.txt'), '#version\nabc\n')
  await t.rejects(readClipWords(file('bad.txt')), /bad\.txt: expected CLIP's merges\.txt/)
})

t.test('what does not fit is named', async (t) => {
  await t.rejects(run(records, {}), /CLIPScore needs --image-model and --text-model, or/)
  await t.rejects(run(records, { imageModel: 'a.onnx' }), /CLIP is a pair/)
  await t.rejects(run(records.slice(1), embeddings), /v\.npy: expected shape \(2, width\), got \(3, 5\)/)
  await t.rejects(run([], embeddings), /expected captions to score, found none/)
})
