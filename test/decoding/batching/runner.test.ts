import { join } from 'node:path'
import t from 'tap'
import { readSafetensors } from '../../../lib/formats/safetensors.js'
import { beamSearch } from '../../../lib/decoding/search/beam.js'
import { plainBanks } from '../../../lib/decoding/search/banks.js'
import { createRunner } from '../../../lib/decoding/batching/runner.js'
import { decode } from '../../../lib/decoding/batching/scheduler.js'
import type { Hypothesis } from '../../../lib/decoding/search/search.js'
import { createEngine } from '../../../lib/engine/create.js'
import { parameterShapes } from '../../../lib/model/parameters.js'
import { tiny, tinyConfig } from '../../model/golden.js'
import { near } from '../../near.js'
import { noShared } from '../../shared.js'

const engine = await createEngine({ engine: 'onnxruntime', threads: 1 })
t.teardown(() => engine.dispose())

t.test('compiled beam search equals the reference', { skip: tiny ? false : noShared }, async (t) => {
  const config = await tinyConfig()
  const expected = await readSafetensors(join(tiny!, 'golden.safetensors'))
  const features = expected['features']!.data as Float32Array
  const size = config.regions * config.featureWidth
  const read = async (name: string) => {
    const tensors = await readSafetensors(join(tiny!, `${name}.safetensors`))
    return Object.fromEntries(Object.keys(parameterShapes(config)).map((key) => [key, tensors[key]!]))
  }
  const model = { config, parameters: await read('model') }
  const after = { config, parameters: await read('model-after-10-steps') }
  const cases = [
    ['beam1', [model], 1],
    ['beam3', [model], 3],
    ['beam5', [model], 5],
    ['ensemble_beam5', [model, after], 5],
  ] as const
  for (const [name, models, beams] of cases)
    for (const slots of [1, 4]) {
      const runner = await createRunner<number>(engine, {
        models,
        slots,
        rows: beams,
        length: 20,
        choices: beams,
        encodeBatch: 4,
        async readFeatures(images, out) {
          images.forEach((image, i) => out.set(features.subarray(image * size, (image + 1) * size), i * size))
        },
      })
      const search = () =>
        beamSearch({
          banks: plainBanks(beams),
          vocabularySize: config.vocabularySize,
          maxLength: 20,
          nBest: beams,
        })
      const results: Hypothesis[] = []
      for await (const { hypotheses } of decode(images(6), [runner], search)) results.push(...hypotheses)
      runner.dispose()
      t.same(
        results.flatMap(({ ids }) => padded(ids)),
        Array.from(expected[`${name}_words`]!.data, Number),
        `${name}: words`,
      )
      const logProbs = expected[`${name}_log_probs`]!.data as Float32Array // as goldens are
      const found = results.flatMap(({ wordLogProbs }) => padded(wordLogProbs))
      near(t, found, logProbs, 1e-4, `${name}: log-probabilities`)
    }
})

async function* images(count: number) {
  for (let i = 0; i < count; i++) yield i
}

const padded = (values: readonly number[]) => [
  ...values,
  ...Array.from({ length: 20 - values.length }, () => 0),
]
