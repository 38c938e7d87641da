/** A model with another vocabulary: words that both have keep their rows, the others are initialised. */
import type { ModelDirectory } from '../checkpoint/directory.js'
import type { ModelConfig } from '../model/config.js'
import { initialParameters, parameterShapes } from '../model/parameters.js'
import type { HostTensor, HostTensors } from '../tensor.js'
import type { Vocabulary } from '../text/vocabulary.js'

/**
 * The parameters of a model for another vocabulary.
 *
 * @param config of the new model, which differs in the size of its vocabulary only
 * @returns the parameters, and how many words kept their rows
 */
export function withVocabulary(
  { parameters, vocabulary: before, config: { model } }: ModelDirectory,
  config: ModelConfig,
  vocabulary: Vocabulary,
  seed: number,
): { parameters: () => HostTensors; note: string } {
  const ids = new Map(before.words.map((word, id) => [word, id]))
  const kept = vocabulary.words.map((word) => ids.get(word))
  const count = kept.filter((id) => id !== undefined).length
  const shapes = parameterShapes(model)
  const larger = parameterShapes({ ...model, vocabularySize: model.vocabularySize + 1 })
  const ofWords = (name: string) => shapes[name]!.join() !== larger[name]!.join()
  return {
    note:
      `--new-vocab: ${count} of ${vocabulary.size} words are in the vocabulary of --from and keep their weights; ` +
      `${vocabulary.size - count} are initialised`,
    parameters() {
      const fresh = initialParameters(config, seed)
      const entries = Object.entries(fresh).map(([name, tensor]): [string, HostTensor] => {
        const old = parameters[name]!
        if (!ofWords(name)) return [name, old]
        const width = tensor.shape[1]! // (words, width)
        kept.forEach((id, row) => {
          if (id !== undefined)
            tensor.data.set(old.data.subarray(id * width, (id + 1) * width) as never, row * width) // both float32
        })
        return [name, tensor]
      })
      return Object.fromEntries(entries)
    },
  }
}
