import { writeModelDirectory } from '../../lib/checkpoint/directory.js'
import { filledWith, tinyConfig, tinyVocabulary } from './models.js'

/** Overwrites a model directory until it is killed; each time all of it, and its training state, hold the next number. */
const directory = process.argv[2] ?? ''
for (let value = Number(process.argv[3]); ; value++) {
  const parameters = filledWith(value)
  const model = { config: { model: tinyConfig }, parameters, vocabulary: tinyVocabulary(value) }
  // every third model has no training state
  const training = value % 3 === 0 ? undefined : { tensors: parameters, state: { value } }
  await writeModelDirectory(directory, model, training)
  process.send?.(value)
}
