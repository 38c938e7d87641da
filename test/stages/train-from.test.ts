/** What `m2 train` starts from and what it replaces: --from, --new-vocab, --regions, --overwrite; own tokens. */
import { existsSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readModelDirectory } from '../../lib/checkpoint/directory.js'
import { createFeatureFile } from '../../lib/formats/hdf5/writer.js'
import { writeToyModel, toyConfig, toyWords } from '../decoding/toy-model.js'
import { near } from '../near.js'
import {
  differences,
  toyModel,
  trainHere,
  writeLines,
  writeToyData,
  type Flags,
} from '../training/toy-run.js'

const folder = t.testdir()
const { records, train: examples, val, vocab } = await writeToyData(folder)
const outOf = (name: string) => join(folder, name)
const shapeless: Flags = {
  beam: '3',
  'max-length': '6',
  threads: '1',
  vocab,
  objective: 'xe',
  'max-steps': '1',
}
const run = (out: string, changes: Flags = {}, file = examples) =>
  trainHere(file, { ...shapeless, out: outOf(out), ...changes })
const configOf = async (name: string) => (await readModelDirectory(outOf(name))).config

// A model unlike the defaults in all that its weights do not show.
const unusual = {
  ...toyConfig,
  heads: 1,
  keyWidth: 16,
  valueWidth: 16,
  gates: 'softmax',
  regionMask: 'reference',
} as const
await writeToyModel(outOf('unusual'), 1, { ...unusual, regions: 4, dropout: 0.2 })

t.test('--from brings the shape of its model, which need not be repeated', async (t) => {
  const { status, stderr } = await run('from', { from: outOf('unusual'), rate: '0' })
  t.equal(status, 0, stderr)
  const { model, origin } = await configOf('from')
  t.same(model, (await configOf('unusual')).model)
  t.match(origin, {
    heads: 1,
    gates: 'softmax',
    'region-mask': 'reference',
    regions: 4,
    dropout: 0.2,
    layers: 2,
  })
  const [first] = await differences(outOf('from'), outOf('unusual'))
  near(t, first![1], 0, 0, `at a rate of 0 the weights stay: ${first![0]}`)

  const same = await run('from-same', { from: outOf('unusual'), heads: '1', 'hidden-width': '16' })
  t.equal(same.status, 0, 'repeating it is no conflict')
  const dry = await run('from-dry', { from: outOf('unusual'), dropout: '0' })
  t.equal(dry.status, 0, 'dropout is no part of the shape')
  t.equal((await configOf('from-dry')).model.dropout, 0)
})

t.test('an option that contradicts --from is an error', async (t) => {
  const conflicts: [Flags, RegExp][] = [
    [{ heads: '2' }, /--heads 2: the model of --from .*unusual has 1; leave the option out/],
    [{ gates: 'sigmoid' }, /--gates sigmoid: .* has softmax/],
    [{ 'region-mask': 'true' }, /--region-mask true: .* has reference/],
    [{ regions: '5' }, /--regions 5: .* has 4/],
    [{ layers: '1' }, /--layers 1: .* has 2/],
    [{ width: '32' }, /--width 32: .* has 16/],
    [{ connections: 'one-to-one' }, /--connections one-to-one: .* has meshed/],
    [{ 'memory-slots': '0' }, /--memory-slots 0: .* has 2/],
  ]
  for (const [change, message] of conflicts) {
    const { status, stderr } = await run('conflict', { from: outOf('unusual'), ...change })
    t.equal(status, 2)
    t.match(stderr, message)
    t.notOk(existsSync(outOf('conflict')), 'and nothing was written')
  }
})

t.test('a run that --from began resumes without its options, to the same end', async (t) => {
  const whole = await run('whole', { from: outOf('unusual'), 'max-steps': '4' })
  t.equal(whole.status, 0, whole.stderr)
  for (const steps of ['2', '4']) {
    const given: Flags = steps === '2' ? { from: outOf('unusual') } : {}
    const { status, stderr } = await run('halves', { resume: true, 'max-steps': steps, ...given })
    t.equal(status, 0, stderr)
  }
  for (const name of ['last/model.safetensors', 'last/training.safetensors', 'log.jsonl'])
    t.ok(readFileSync(join(outOf('whole'), name)).equals(readFileSync(join(outOf('halves'), name))), name)
  const changed = await run('halves', { resume: true, heads: '2' })
  t.match(changed.stderr, /--heads was 1 when .*halves was begun and is 2 now/)
})

t.test('features of another width than --from takes are named', async (t) => {
  await writeToyModel(outOf('wide'), 1, { ...toyConfig, featureWidth: 12 })
  const { status, stderr } = await run('narrow', { from: outOf('wide') })
  t.equal(status, 1)
  t.match(stderr, /image 0: the model of --from .*wide takes features of width 12, these have 8/)
})

t.test('--new-vocab keeps the rows of words that both have, and says how many', async (t) => {
  const words = [...toyWords.slice(0, 4), 'zz', 'new', ...toyWords.slice(4, 20)]
  const other = outOf('other.json')
  await writeFile(other, JSON.stringify({ words, counts: words.map(() => 1) }))
  const from = outOf('unusual')
  const refused = await run('refused', { from, vocab: other })
  t.equal(refused.status, 1)
  t.match(refused.stderr, /another vocabulary than --vocab; .*--new-vocab/)
  const { status, stderr } = await run('new', { from, vocab: other, 'new-vocab': true, rate: '0' })
  t.equal(status, 0, stderr)
  t.match(stderr, /--new-vocab: 21 of 22 words are in the vocabulary of --from .* 1 are initialised/)
  const [before, after] = [await readModelDirectory(from), await readModelDirectory(outOf('new'))]
  for (const name of ['decoder.word_emb.weight', 'decoder.fc.weight']) {
    const rowOf = (model: typeof before, word: string) => {
      const id = model.vocabulary.words.indexOf(word)
      return Array.from(model.parameters[name]!.data.subarray(id * 16, (id + 1) * 16), Number)
    }
    for (const word of words.filter((word) => word !== 'new'))
      t.same(rowOf(after, word), rowOf(before, word), `${name} of ${word}`)
    const fresh = rowOf(after, 'new')
    t.ok(new Set(fresh).size > 8 && fresh.every(Number.isFinite), `${name} of a new word: ${fresh.join(' ')}`)
  }
  const encoder = 'encoder.layers.0.mhatt.attention.fc_q.weight'
  t.same(after.parameters[encoder], before.parameters[encoder], 'all else is kept')
  t.match((await run('alone', { 'new-vocab': true })).stderr, /--new-vocab needs --from/)
})

/** Records whose images have these numbers of regions. */
async function withRegions(name: string, counts: readonly number[]): Promise<string> {
  const hdf5 = outOf(`${name}.hdf5`)
  const writer = await createFeatureFile(hdf5)
  for (const [i, count] of counts.entries())
    await writer.add(`${i}_features`, new Float32Array(8 * count).fill(i), [count, 8])
  await writer.close()
  const file = outOf(`${name}.jsonl`)
  await writeLines(
    file,
    counts.map((count, i) => ({
      ...records[i]!,
      features: { file: hdf5, dataset: `${i}_features`, shape: [count, 8] },
    })),
  )
  return file
}

t.test('regions are never cut without a word', async (t) => {
  const small: Flags = { width: '16', heads: '2', layers: '1', 'memory-slots': '2' }
  const regionsOf = async (name: string) => (await configOf(name)).model.regions
  const grid = await withRegions('grid', [60, 551])
  const asked = await run('grid', small, grid)
  t.equal(await regionsOf('grid'), 551)
  t.match(
    asked.stderr,
    /images have up to 551 regions, and the model takes as many; --regions 50 is the paper's/,
  )
  const cut = await run('cut', { ...small, regions: '50' }, grid)
  t.equal(await regionsOf('cut'), 50)
  t.match(cut.stderr, /2 of 2 images have more regions than 50, up to 551: the first 50 are used/)
  const fewer = await run('fewer', small)
  t.equal(await regionsOf('fewer'), 50, 'few regions are padded to the 50 of the paper')
  t.equal(fewer.stderr, '')
  const from = await run('grid-from', { from: outOf('unusual') }, grid)
  t.match(from.stderr, /2 of 2 images have more regions than 4, up to 551/)
  const huge = await run('huge', small, await withRegions('huge', [3, 1025]))
  t.equal(huge.status, 1)
  t.match(huge.stderr, /an image has 1025 regions, more than the 1024 .*--regions N/)
})

t.test('a model or a run is replaced with --overwrite only', async (t) => {
  const imported = outOf('imported')
  await writeToyModel(imported, 2)
  const before = await readFile(join(imported, 'model.safetensors'))
  for (const change of [{}, { resume: true }] as Flags[]) {
    const { status, stderr } = await run('imported', { ...toyModel, ...change })
    t.equal(status, 1)
    t.match(stderr, /imported holds a model that no training run made here; --overwrite replaces it/)
  }
  t.ok((await readFile(join(imported, 'model.safetensors'))).equals(before))
  const over = await run('imported', { ...toyModel, overwrite: true })
  t.equal(over.status, 0, over.stderr)
  t.equal((await configOf('imported')).model.encoderLayers, 1)

  t.match((await run('imported', toyModel)).stderr, /holds a run already; --resume continues it, --overwrite/)
  const again = await run('imported', { ...toyModel, overwrite: true, seed: '2' })
  t.equal(again.status, 0, again.stderr)
  const fresh = await run('fresh', { ...toyModel, seed: '2' })
  t.equal(fresh.status, 0)
  for (const name of ['model.safetensors', 'last/model.safetensors', 'log.jsonl'])
    t.ok((await readFile(join(imported, name))).equals(await readFile(join(outOf('fresh'), name))), name)
  const both = await run('imported', { ...toyModel, overwrite: true, resume: true })
  t.equal(both.status, 2)
})

t.test('own tokens of unsegmented captions: rewards are more than 0, and it learns', async (t) => {
  const characters = [...'一二三四五六七八九十人山水火木金土日月大小上下左右中']
  const chinese = new Map(toyWords.slice(4).map((word, i) => [word, `${characters[i]}们`]))
  const words = [...toyWords.slice(0, 4), ...chinese.values()]
  const [own, ownVal, ownVocab] = ['own.jsonl', 'own-val.jsonl', 'own-vocab.json'].map(outOf) as [
    string,
    string,
    string,
  ]
  await writeFile(ownVocab, JSON.stringify({ words, counts: words.map(() => 1) }))
  const segmented = records.map((record) => {
    const tokens = record.tokens.map((caption) => caption.map((word) => chinese.get(word)!))
    return { ...record, tokens, captions: tokens.map((caption) => caption.join('')) }
  })
  await writeLines(own, segmented.slice(0, -4))
  await writeLines(ownVal, segmented.slice(-4))
  const flags: Flags = {
    ...toyModel,
    vocab: ownVocab,
    val: ownVal,
    objective: 'xe,scst',
    'max-steps': '1000',
    'batch-size': '6',
    'xe-epochs': '12',
    'scst-epochs': '3',
    'scst-images': '4',
    'scst-rate': '0.001',
    warmup: '40',
    patience: '20',
  }
  const { status, events, stderr } = await run('own', flags, own)
  t.equal(status, 0, stderr)
  t.match(stderr, /rewards and validation compare with own tokens of 18 of 18 images/)
  t.match((await configOf('own')).origin, { references: 'own tokens of 18 of 18 images' })
  const epochs = events.filter(({ event }) => event === 'epoch')
  const [xe, scst] = ['xe', 'scst'].map((objective) => epochs.filter((one) => one.objective === objective))
  t.ok(Number(xe!.at(-1)!['loss']) < 0.9 * Number(xe![0]!['loss']), 'the loss falls')
  t.ok(Number(xe!.at(-1)!['CIDEr-D']) > 0, `CIDEr-D of validation: ${String(xe!.at(-1)!['CIDEr-D'])}`)
  const rewards = scst!.map(({ reward }) => Number(reward))
  t.ok(rewards[0]! > 0 && Math.max(...rewards.slice(1)) > rewards[0]!, `rewards rise: ${rewards.join(' ')}`)

  // The same sentences without tokens: the PTB rules leave each in one piece, which is no word of the vocabulary.
  const bare = outOf('bare.jsonl')
  await writeLines(
    bare,
    segmented.slice(0, -4).map(({ tokens, ...record }) => ({ ...record, words: tokens.length })),
  )
  t.match((await run('bare', flags, bare)).stderr, /no word of its captions is in the vocabulary/)
  const plain = await run('plain-tokens', { ...toyModel, val, 'max-steps': '1' })
  t.equal(plain.stderr, '', 'records without captions have nothing else to compare with')
})
