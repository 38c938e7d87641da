import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readModelDirectory, readTrainingState, writeModelDirectory } from '../../lib/checkpoint/directory.js'
import { readSafetensors, writeSafetensors } from '../../lib/formats/safetensors.js'
import { DataError } from '../../lib/errors.js'
import { Vocabulary } from '../../lib/text/vocabulary.js'
import { filledWith, tinyConfig, tinyVocabulary } from './models.js'

const tiny = (value: number) => ({
  config: { model: tinyConfig, origin: { command: 'test' } },
  parameters: filledWith(value),
  vocabulary: tinyVocabulary(value),
})
const names = ['config.json', 'model.safetensors', 'state.json', 'training.safetensors', 'vocab.json']

t.test('a model is read as it was written', async (t) => {
  const directory = join(t.testdir(), 'runs', 'm2')
  const moments = {
    'encoder.fc.bias.m': { shape: [2], dtype: 'float32' as const, data: Float32Array.of(1, 2) },
  }
  await writeModelDirectory(directory, tiny(7), { tensors: moments, state: { step: 12, rng: [1, 2] } })
  t.same(readdirSync(directory).toSorted(), names)
  const model = await readModelDirectory(directory)
  t.match(model.config, {
    format: 'm2',
    version: 1,
    model: tinyConfig,
    tokenizer: 'spacy',
    decode: { beam: 5, maxLength: 20 },
    origin: { command: 'test' },
  })
  t.same(model.parameters, filledWith(7))
  t.same(model.vocabulary.toJSON(), tinyVocabulary(7).toJSON())
  t.same(await readTrainingState(directory), { tensors: moments, state: { step: 12, rng: [1, 2] } })

  const stored = await readSafetensors(join(directory, 'model.safetensors'))
  t.same(stored['decoder.layers.0.self_att.running_keys']?.shape, [0, 4], "the reference's buffers are there")

  writeFileSync(join(directory, 'log.jsonl'), 'kept')
  await writeModelDirectory(directory, { ...tiny(8), parameters: { ...stored, ...filledWith(8) } })
  t.same((await readModelDirectory(directory)).parameters, filledWith(8))
  t.equal(await readTrainingState(directory), undefined, 'the old training state went with the old model')
  t.same(readdirSync(directory).toSorted(), ['config.json', 'log.jsonl', 'model.safetensors', 'vocab.json'])
})

/** The one number that all of a directory holds. */
async function valueOf(t: Test, directory: string): Promise<number> {
  const { parameters, vocabulary } = await readModelDirectory(directory)
  const value = vocabulary.counts[5] ?? NaN
  for (const { data } of Object.values(parameters))
    if (data.some((weight) => weight !== value)) t.fail('weights of one write, vocabulary of another')
  const training = await readTrainingState(directory)
  const expected = value % 3 === 0 ? undefined : { state: { value }, tensors: filledWith(value) }
  t.same(training, expected, `model and training state ${value} belong together`)
  return value
}

t.test('SIGKILL at any moment leaves one whole model', async (t) => {
  const directory = t.testdir()
  let value = 1
  await writeModelDirectory(directory, tiny(value), { tensors: filledWith(1), state: { value: 1 } })
  for (let round = 0; round < 12; round++) {
    const writer = fork(join(import.meta.dirname, 'overwrite.js'), [directory, String(value + 1)])
    let said = value
    writer.on('message', (number) => void (said = Number(number)))
    await once(writer, 'message')
    await new Promise((resolve) => setTimeout(resolve, (round * 7) % 40))
    const ended = once(writer, 'exit')
    writer.kill('SIGKILL')
    await ended
    value = await valueOf(t, directory)
    t.ok(value >= said, `${value} is the last model known to be written (${said}) or a later one`)
  }
  await writeModelDirectory(directory, tiny(3))
  t.same(readdirSync(directory).toSorted(), ['config.json', 'model.safetensors', 'vocab.json'], 'cleared up')
})

t.test('a replacement interrupted after its commit counts, whatever it had moved', async (t) => {
  const folder = t.testdir()
  const [before, after] = [join(folder, 'before'), join(folder, 'after')]
  const training = (value: number) => ({ tensors: filledWith(value), state: { value } })
  await writeModelDirectory(before, tiny(1), training(1))
  await writeModelDirectory(after, tiny(3))
  // as a set that removes the training state is staged
  for (const name of ['state.json', 'training.safetensors']) writeFileSync(join(after, name), '')
  for (let moved = 0; moved <= names.length; moved++) {
    const directory = join(folder, `moved-${moved}`)
    cpSync(before, directory, { recursive: true })
    cpSync(after, join(directory, '.commit'), { recursive: true })
    mkdirSync(join(directory, '.staged-dead'))
    for (const name of names.slice(0, moved)) {
      renameSync(join(directory, '.commit', name), join(directory, name))
    }
    t.equal(await valueOf(t, directory), 3)
    await writeModelDirectory(directory, tiny(2), training(2))
    t.equal(await valueOf(t, directory), 2)
    t.same(readdirSync(directory).toSorted(), names)
  }
})

t.test('before the first best model the newest one is named', async (t) => {
  const run = t.testdir()
  await writeModelDirectory(join(run, 'last'), tiny(1))
  await t.rejects(readModelDirectory(run), {
    name: 'DataError',
    message: `${run}: expected a model directory, with config.json, model.safetensors and vocab.json; found no config.json. The run has no best model yet; ${join(run, 'last')} holds its newest one`,
  })
})

t.test('words of odd names are words', async (t) => {
  const directory = t.testdir()
  const words = ['<unk>', '<pad>', '<bos>', '<eos>', '__proto__', 'constructor']
  const vocabulary = new Vocabulary({ words, counts: words.map(() => 1) })
  await writeModelDirectory(directory, { ...tiny(1), vocabulary })
  const read = await readModelDirectory(directory)
  t.same(read.vocabulary.encode(['__proto__', 'constructor', 'toString']), [4, 5, 0])
})

t.test('what does not fit together', async (t) => {
  const directory = t.testdir()
  const file = join(directory, 'model.safetensors')
  await writeModelDirectory(directory, tiny(1))
  const refused = async (message: RegExp) => {
    const error = await t.rejects(readModelDirectory(directory), { message })
    t.type(error, DataError)
  }

  const { 'encoder.fc.bias': _, ...rest } = filledWith(1)
  await writeSafetensors(file, rest)
  await refused(/model\.safetensors: expected \d+ tensors, tensor encoder\.fc\.bias is missing/)
  const extra = { shape: [1], dtype: 'float32' as const, data: Float32Array.of(1) }
  await writeSafetensors(file, { ...filledWith(1), extra })
  await refused(/tensor extra is unknown/)
  await writeSafetensors(file, filledWith(1, { ...tinyConfig, hiddenWidth: 7 }))
  await refused(
    /tensor encoder\.layers\.0\.pwff\.fc1\.weight: expected float32 \[3, 4\], found float32 \[7, 4\]/,
  )

  const spoiled = filledWith(1)
  const outputs = spoiled['decoder.fc.weight']
  if (outputs?.dtype === 'float32') outputs.data[3] = NaN
  await writeSafetensors(file, spoiled)
  await refused(/tensor decoder\.fc\.weight holds NaN at 3 of 24/)
  await t.rejects(writeModelDirectory(directory, { ...tiny(1), parameters: spoiled }), /holds NaN/)

  await writeModelDirectory(directory, tiny(1))
  writeFileSync(
    join(directory, 'vocab.json'),
    '{"words":["<unk>","<pad>","<bos>","<eos>"],"counts":[0,0,0,0]}',
  )
  await refused(/vocab\.json: expected the 6 words of config\.json's vocabularySize, found 4/)
  writeFileSync(join(directory, 'vocab.json'), '{"words":["a","a"],"counts":[1,1]}')
  await refused(/a word occurs twice/)
  writeFileSync(join(directory, 'config.json'), '{"format":"m2","model":{"vocabularySize":6,"memory":1}}')
  await refused(/config\.json: model: Unrecognized key: "memory"/)
  const sized = (model: object) =>
    writeFileSync(join(directory, 'config.json'), JSON.stringify({ model: { ...tinyConfig, ...model } }))
  await writeModelDirectory(directory, tiny(1))
  for (const size of [3, 10_000_000, Number.MAX_SAFE_INTEGER]) {
    sized({ encoderLayers: size })
    await refused(new RegExp(`expected the ${size} encoder layers of the config's encoderLayers, found 2`))
    sized({ decoderLayers: size, encoderLayers: size })
    await refused(/encoder layers/)
    sized({ regions: size * 10_000 })
    await refused(/config\.json: model\.regions: Too big/)
    sized({ memorySlots: size })
    await refused(/m_k: expected float32 \[1, \d+, 4\], found float32 \[1, 2, 4\]/)
    sized({ heads: size })
    await refused(/tensor .*: expected float32/)
  }
  writeFileSync(
    join(directory, 'config.json'),
    JSON.stringify({ model: tinyConfig }).replace('{', '{"__proto__":{"format":"other"},'),
  )
  await t.resolves(readModelDirectory(directory), 'an unknown key of an odd name is one like any other')
  writeFileSync(
    join(directory, 'config.json'),
    JSON.stringify({ model: tinyConfig }).replace('"width"', '"__proto__":1,"width"'),
  )
  await refused(/config\.json: model: Unrecognized key: "__proto__"/)
  writeFileSync(join(directory, 'config.json'), '{')
  await refused(/config\.json: expected JSON/)
  await t.rejects(
    readModelDirectory(join(directory, 'none')),
    /found no config\.json\. m2 train and m2 import/,
  )
  await t.rejects(readModelDirectory(file), /found no config\.json/)
  t.notOk(existsSync(join(directory, 'none')))
})
