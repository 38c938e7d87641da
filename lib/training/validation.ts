/** Validation of a model in training: the loss of its captions, and the scores of decoded ones. */
import { beamSearch } from '../decoding/search/beam.js'
import { plainBanks } from '../decoding/search/banks.js'
import { createRunner } from '../decoding/batching/runner.js'
import { decode } from '../decoding/batching/scheduler.js'
import type { SlotRunner } from '../decoding/batching/slots.js'
import { specsOf } from '../engine/specs.js'
import type { Compiled, Engine, State } from '../engine/engine.js'
import { corpusScores, evaluate } from '../metrics/evaluate.js'
import { special } from '../model/config.js'
import { ptbTokenize } from '../text/ptb/ptb.js'
import { withoutRepeats } from '../text/repeats.js'
import { scalar, type HostTensors } from '../tensor.js'
import { bucketOf, epochBatches } from './batches.js'
import { crossEntropyInputs, crossEntropyLoss } from './objectives/cross-entropy.js'
import { targetOf } from './objectives/inputs.js'
import { referencesOf } from './references.js'
import type { Run } from './run.js'
import { readFeatures } from './shards.js'
import { streamOf } from './stream.js'

/** Scores by metric name, and the mean loss of a word. */
export interface Validation {
  readonly loss: number
  readonly scores: Readonly<Record<string, number>>
}

type ValidationOptions = Pick<
  Run,
  'config' | 'vocabulary' | 'validation' | 'reader' | 'beam' | 'length' | 'ranks'
>

const imagesAtOnce = 10
const slots = 16

/**
 * Makes the validation of a run. The loss is without dropout. Each rank decodes its shard of the images; then all ranks
 * have the same loss and the same captions.
 */
export function createValidation(engine: Engine, options: ValidationOptions, state: State) {
  const { config, vocabulary, validation: examples, reader, beam, length, ranks } = options
  const losses = new Map<number, Promise<Compiled>>()
  const references = referencesOf(examples, vocabulary)
  const mine = [...examples.keys()].filter((index) => index % ranks.size === ranks.rank)
  let machine: Promise<SlotRunner<number>> | undefined

  /** The mean loss of a word. */
  async function loss(signal: AbortSignal): Promise<number> {
    const counts = mine.map((index) => examples[index]!.captions.length)
    const perImage = counts.reduce((most, count) => Math.max(most, count), 0) // too many images to be arguments
    const batching = { by: 'images', size: imagesAtOnce, of: 'images', perImage } as const
    const sums = Float32Array.of(0, 0)
    for (const { images } of epochBatches(counts, batching, 0, { epoch: 0 })) {
      if (signal.aborted) break
      const own = images.map((image) => examples[mine[image]!]!)
      const targets = own.map(({ captions }) => captions.map((caption, row) => targetOf(caption, row)))
      const lengths = targets.flat().map(({ ids }) => ids.length)
      const sizes = {
        images: imagesAtOnce,
        captions: perImage,
        length: bucketOf(Math.max(...lengths), config.maxLength),
      }
      const wanted = own.map(({ features }) => features)
      const features = await readFeatures(reader, wanted, imagesAtOnce, config)
      const inputs = { ...crossEntropyInputs({ config, sizes, features }, targets), count: scalar(1) }
      const compiled = losses.get(sizes.length) ?? compileLoss(inputs)
      losses.set(sizes.length, compiled)
      sums[0]! += Number((await (await compiled).run(inputs))['loss']?.data[0])
      sums[1]! += lengths.reduce((sum, length) => sum + length, 0)
    }
    await ranks.sum(sums)
    return sums[0]! / sums[1]!
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

  /** Word ids of every image's caption, `length` each, gathered from the ranks. */
  async function decodeAll(signal: AbortSignal): Promise<Float32Array> {
    const ids = new Float32Array(examples.length * length)
    machine ??= createRunner<number>(engine, {
      models: { config, state },
      slots: Math.min(slots, Math.max(1, mine.length)),
      rows: beam,
      length,
      choices: beam,
      async readFeatures(batch, out) {
        await reader.readMany(
          batch.map((index) => examples[index]!.features),
          out,
        )
      },
    })
    const search = () =>
      beamSearch({
        banks: plainBanks(beam),
        vocabularySize: config.vocabularySize,
        maxLength: length,
        nBest: 1,
      })
    const results = decode(streamOf(mine), [await machine], search)
    for (const index of mine) {
      if (signal.aborted) break
      const { value } = await results.next()
      const row = ids.subarray(index * length, (index + 1) * length).fill(special.eos)
      row.set(value!.hypotheses[0]!.ids)
    }
    await results.return?.(undefined)
    await ranks.sum(ids)
    return ids
  }

  async function scores(signal: AbortSignal): Promise<Record<string, number>> {
    const ids = await decodeAll(signal)
    const captions = examples.map((_, i) =>
      withoutRepeats(vocabulary.decode(ids.subarray(i * length, (i + 1) * length))),
    )
    const tokenized = ptbTokenize(captions.map((words) => words.join(' ')))
    const items = examples.map(({ id, tokens }, i) => ({
      image_id: id,
      hypothesis: tokens ? captions[i]! : tokenized[i]!, // words as its references have them
      references: references[i]!,
    }))
    const tables = evaluate(items, { metrics: ['bleu', 'rouge', 'cider'] })
    return Object.fromEntries(
      tables.flatMap((table) =>
        corpusScores(table).map((score, i) => [table.metric.names[i]!, score] as const),
      ),
    )
  }

  return {
    /** A signal cuts it short; the figures are then of a part of the images. */
    run: async (signal: AbortSignal): Promise<Validation> => ({
      loss: await loss(signal),
      scores: await scores(signal),
    }),
  }
}
