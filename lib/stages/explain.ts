/** `m2 explain`: what each word of a caption looks at. */
import * as z from 'zod'
import { baseOption } from '../features/base.js'
import { engineOptions } from '../engine/options.js'
import { DataError } from '../errors.js'
import type { Attribution } from '../explain/explainer.js'
import { beam, featuresRecord } from '../records.js'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'explain',
  input: z.looseObject({
    ...featuresRecord.shape,
    caption: z.string(),
    raw: z.string().optional(),
    beams: z.array(z.looseObject(beam.pick({ caption: true, ids: true }).shape)).optional(),
  }),
  options: {
    model: { required: true, describe: 'Model directory', metavar: 'DIR' },
    method: {
      choices: ['attention', 'gradients'],
      default: 'attention',
      describe:
        'attention: share of cross-attention, quick; gradients: integrated gradients of the log-probability, slow',
    },
    steps: {
      type: 'integer',
      min: 1,
      default: 50,
      describe: 'Points of the integral, for --method gradients; more are slower and more exact',
      metavar: 'N',
    },
    ...baseOption,
    ...engineOptions,
  },
  examples: [
    [
      'm2 decode --model runs/m2 < test.jsonl | m2 explain --model runs/m2 | m2 report --out report.html',
      'A page of captions that shows where each word comes from',
    ],
    [
      'm2 explain --model runs/m2 --method gradients < predictions.jsonl',
      'What each region adds to the log-probability of each word',
    ],
  ],
  async *run(records, { model: directory, method, steps, base, engine: name, device, threads }, context) {
    const [{ readModelDirectory }, { createEngine }, { createExplainer }, { createFeatureReader }] =
      await Promise.all([
        import('../checkpoint/directory.js'),
        import('../engine/create.js'),
        import('../explain/explainer.js'),
        import('../features/reader.js'),
      ])
    const { createBoxReader } = await import('../features/boxes.js')
    const { wordsOf } = await import('../explain/words.js')

    const { config, parameters, vocabulary } = await readModelDirectory(directory)
    const { regions, featureWidth, maxLength } = config.model
    const engine = await createEngine({ engine: name, device, threads })
    const explainer = createExplainer(engine, config.model, parameters, { method, steps })
    const reader = createFeatureReader({ regions, width: featureWidth, base })
    const boxReader = createBoxReader(base)
    const progress = context.progress('images')
    const features = new Float32Array(regions * featureWidth)
    let empty = 0
    try {
      yield* context.each(records, async (record) => {
        const found = await reader.read(record.features, features, 0)
        if (found === 0)
          throw new DataError(`image ${record.image_id} has no regions; nothing its words come from`)
        const boxes = (await boxReader.read(record.features))?.slice(0, found)
        const { words, ids } = wordsOf(record, vocabulary, maxLength)
        if (ids.length === 0) empty++
        const explained = ids.length === 0 ? [] : await explainer.explain(features, ids)
        progress.advance()
        return {
          ...record,
          attributions: { method, words: explained.map((one, i) => wordRecord(words[i]!, one, found)) },
          ...(boxes && { boxes }),
        }
      })
      if (empty > 0) context.note(`${empty} captions are empty: there are no words to explain`)
    } finally {
      progress.stop()
      await reader.close()
      await boxReader.close()
      engine.dispose()
    }
  },
})

/** One word as a record says it, its numbers as exact as float32 is. */
function wordRecord(word: string, { regions, logProb, baselineLogProb }: Attribution, found: number) {
  return {
    word,
    regions: regions.slice(0, found).map(exact),
    ...(logProb !== undefined && { log_prob: exact(logProb) }),
    ...(baselineLogProb !== undefined && { baseline_log_prob: exact(baselineLogProb) }),
  }
}

const exact = (value: number) => Number(value.toPrecision(7))
