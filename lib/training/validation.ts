import { beamSearch } from '../decoding/beam.js'
import { plainCells } from '../decoding/cells.js'
import { createMachine } from '../decoding/machine.js'
import { decode, type SlotMachine } from '../decoding/scheduler.js'
import type { FeatureReader } from '../data/feature-source.js'
import { specsOf } from '../engine/signature.js'
import type { Compiled, Engine, State } from '../engine/engine.js'
import { corpusScores, evaluate } from '../metrics/evaluate.js'
import type { ModelConfig } from '../model/config.js'
import { ptbTokenize } from '../text/ptb.js'
import type { HostTensors } from '../tensor.js'
import type { Vocabulary } from '../text/vocab.js'
import { bucketOf, epochBatches } from './batches.js'
import type { Example } from './examples.js'
import { lossInputs, readFeatures, scalar, written } from './minibatch.js'
import { crossEntropyLoss } from './step.js'

/** Scores by metric name, and the mean loss of a word. */
export interface Validation {
  readonly loss: number
  readonly scores: Readonly<Record<string, number>>
}

export interface ValidationOptions {
  readonly config: ModelConfig
  readonly state: State
  readonly vocabulary: Vocabulary
  readonly examples: readonly Example[]
  readonly reader: FeatureReader
  readonly beam: number
  readonly length: number
}

const imagesAtOnce = 10
const slots = 16

/** Validates a model in training: the loss of its captions without dropout, and the scores of decoded ones. */
export function createValidation(engine: Engine, options: ValidationOptions): { run(): Promise<Validation> } {
  const { config, state, vocabulary, examples, reader, beam, length } = options
  const losses = new Map<string, Promise<Compiled>>()
  const references = ptbTokenize(examples.flatMap(({ texts }) => texts))
  let machine: Promise<SlotMachine<Example>> | undefined

  async function loss(): Promise<number> {
    const counts = examples.map(({ captions }) => captions.length)
    const perImage = Math.max(...counts)
    let total = 0
    let words = 0
    for (const batch of epochBatches(
      counts,
      { by: 'images', size: imagesAtOnce * perImage, perImage },
      0,
      0,
    )) {
      const own = batch.images.map((image) => examples[image]!)
      const targets = own.map(({ captions }) => captions.map((caption, row) => written(caption, row)))
      const lengths = targets.flat().map(({ ids }) => ids.length)
      const sizes = {
        images: imagesAtOnce,
        captions: perImage,
        length: bucketOf(Math.max(...lengths), config.maxLength - 1),
      }
      const features = await readFeatures(
        reader,
        own.map((example) => example.features),
        imagesAtOnce,
        config,
      )
      const inputs = { ...lossInputs(config, sizes, features, targets, { shown: true }), count: scalar(1) }
      const key = `${sizes.length}`
      const compiled = losses.get(key) ?? compileLoss(inputs)
      losses.set(key, compiled)
      total += Number((await (await compiled).run(inputs))['loss']?.data[0])
      words += lengths.reduce((sum, length) => sum + length, 0)
    }
    return total / words
  }

  function compileLoss(inputs: HostTensors): Promise<Compiled> {
    const loss = crossEntropyLoss(config)
    const specs = specsOf(inputs)
    return engine.compile(
      'validation loss',
      (given, parameters) => ({ outputs: { loss: loss(given, parameters) } }),
      {
        inputs: specs,
        state,
      },
    )
  }

  async function scores(): Promise<Record<string, number>> {
    machine ??= createMachine<Example>(engine, {
      models: { config, state },
      slots: Math.min(slots, examples.length),
      rows: beam,
      length,
      choices: beam,
      async readFeatures(batch, out) {
        await reader.readMany(
          batch.map(({ features }) => features),
          out,
        )
      },
    })
    const captions: string[] = []
    const search = () =>
      beamSearch({
        cells: plainCells(beam),
        vocabularySize: config.vocabularySize,
        maxLength: length,
        nBest: 1,
      })
    for await (const { hypotheses } of decode(streamOf(examples), await machine, search)) {
      const words = vocabulary.decode(hypotheses[0]!.ids)
      captions.push(words.filter((word, i) => word !== words[i - 1]).join(' '))
    }
    const said = ptbTokenize(captions)
    let first = 0
    const items = examples.map(({ id, texts }, i) => {
      first += texts.length
      return { image_id: id, hypothesis: said[i]!, references: references.slice(first - texts.length, first) }
    })
    const tables = evaluate(items, { metrics: ['bleu', 'rouge', 'cider'] })
    return Object.fromEntries(
      tables.flatMap((table) =>
        corpusScores(table).map((score, i) => [table.metric.names[i]!, score] as const),
      ),
    )
  }

  return { run: async () => ({ loss: await loss(), scores: await scores() }) }
}

async function* streamOf<T>(items: readonly T[]) {
  yield* items
}
