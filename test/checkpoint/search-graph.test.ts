/** The graph that searches: features in, words out. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import ort from 'onnxruntime-node'
import t from 'tap'
import { searchGraph } from '../../lib/checkpoint/search-graph.js'
import { checkParameters } from '../../lib/checkpoint/weights.js'
import { readSafetensors } from '../../lib/formats/safetensors.js'
import { golden, tiny, tinyConfig } from '../model/golden.js'
import { near } from '../near.js'
import { noPython, pythonWith } from '../python.js'

const [length, pad, eos] = [20, 1, 3]
const config = await tinyConfig()
const tensors = await readSafetensors(join(tiny!, 'model.safetensors'))
const parameters = checkParameters(tensors, config, 'the tiny model')
const { features } = await golden('golden')
const data = Float32Array.from(features!.dataSync())
const shape = features!.shape
const images = shape[0]!

/** The reference's best captions of a beam search: words, padded as the graph pads them, and their log-probabilities. */
async function expected(beams: number) {
  const all = await golden('golden')
  const best = <T>(values: ArrayLike<T>, image: number) =>
    Array.from(values).slice(image * beams * length, image * beams * length + length)
  return Array.from({ length: images }, (_, image) => {
    const ids = best(all[`beam${beams}_words`]!.dataSync(), image)
    const end = ids.indexOf(eos) < 0 ? length : ids.indexOf(eos) + 1
    const logProbs = best(all[`beam${beams}_log_probs`]!.dataSync(), image)
    return {
      ids: ids.map((id, i) => (i < end ? id : pad)),
      logProb: logProbs.slice(0, end).reduce((sum, x) => sum + x, 0),
    }
  })
}

for (const beams of [1, 3, 5])
  t.test(`beam ${beams} finds what the reference finds`, async (t) => {
    const session = await ort.InferenceSession.create(
      searchGraph(config, parameters, { beams, length }, 'float32'),
      { intraOpNumThreads: 1 },
    )
    const captions = await expected(beams)
    const { words, log_prob: logProb } = await session.run({
      features: new ort.Tensor('float32', data, shape),
    })
    t.same(
      Array.from(words!.data as Int32Array),
      captions.flatMap(({ ids }) => ids),
    )
    const sums = captions.map(({ logProb }) => logProb)
    near(t, logProb!.data as Float32Array, sums, 1e-4, 'log-probabilities')

    const size = data.length / images
    const one = new ort.Tensor('float32', data.slice(size, 2 * size), [1, ...shape.slice(1)])
    const alone = await session.run({ features: one })
    t.same(Array.from(alone['words']!.data as Int32Array), captions[1]!.ids, 'any number of images')
  })

t.test('in int8 it is a quarter of the size, and still runs', async (t) => {
  const [whole, small] = (['float32', 'int8'] as const).map((precision) =>
    searchGraph(config, parameters, { beams: 2, length }, precision),
  )
  t.ok(small!.length < whole!.length, `${small!.length} of ${whole!.length} bytes`)
  const session = await ort.InferenceSession.create(small!, { intraOpNumThreads: 1 })
  const { log_prob: found } = await session.run({ features: new ort.Tensor('float32', data, shape) })
  t.ok(
    Array.from(found!.data as Float32Array).every((value) => value < 0 && value > -200),
    `${found!.data}`,
  )
})

const python = pythonWith('onnxruntime', 'numpy')
t.test(
  "the example of docs/onnx.md, in Python's onnxruntime",
  { skip: python ? false : noPython('onnxruntime') },
  async (t) => {
    const [, example = ''] = /```python\n([^]*?)```/.exec(readFileSync('docs/onnx.md', 'utf8')) ?? []
    t.ok(example.trimEnd().split('\n').length <= 22, 'about 20 lines')
    const words = ['<unk>', '<pad>', '<bos>', '<eos>', ...Array.from({ length: 116 }, (_, i) => `w${i}`)]
    const folder = t.testdir({ graphs: { 'vocab.json': JSON.stringify({ words }) }, 'caption.py': example })
    const graph = searchGraph(config, parameters, { beams: 5, length }, 'float32')
    writeFileSync(join(folder, 'graphs', 'search.onnx'), graph)
    const size = data.length / images
    const input = Array.from({ length: images }, (_, i) => {
      const rows = Buffer.from(data.slice(i * size, (i + 1) * size).buffer)
      const inline = { data: rows.toString('base64'), shape: shape.slice(1), dtype: 'float32' }
      return JSON.stringify({ image_id: i, features: inline })
    }).join('\n')
    const output = execFileSync(python!, ['caption.py'], { cwd: folder, input, encoding: 'utf8' })
    const found = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { caption: string })
    t.same(
      found.map(({ caption }) => caption),
      (await expected(5)).map(({ ids }) =>
        ids
          .filter((id) => id === 0 || id > eos)
          .map((id) => words[id])
          .join(' '),
      ),
    )
  },
)
