import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readDocumentFrequencies } from '../../lib/metrics/document-frequencies.js'
import { loadVocabulary, readVocabPickle } from '../../lib/text/vocabulary-file.js'
import { shared, testReal } from '../shared.js'

const pickle = shared('data/reference/vocab.pkl')

testReal(t, [pickle], "the reference's published vocabulary", async (t) => {
  const vocabulary = await loadVocabulary(pickle ?? '')
  t.equal(vocabulary.size, 10_201)
  t.same(vocabulary.words.slice(0, 6), ['<unk>', '<pad>', '<bos>', '<eos>', 'a', 'on'])
  t.equal(vocabulary.counts[4], 977_997)
  const blank = [...vocabulary.words.keys()].filter((id) => vocabulary.words[id]?.trim() === '')
  t.same(blank, [86, 2109, 3087, 5208, 5337, 8708])
  const json = join(t.testdir(), 'vocab.json')
  writeFileSync(json, JSON.stringify(vocabulary))
  t.equal((await loadVocabulary(json)).hash, vocabulary.hash)
})

/** Protocol 0, by hand: each value is its own program. */
const text = (value: string) => `V${value}\n`
const tuple = (...items: string[]) => `(${items.join('')}t`
const list = (...items: string[]) => `(${items.join('')}l`
const dict = (...items: string[]) => `(${items.join('')}d`

t.test('vocabularies as pickles', async (t) => {
  const file = join(t.testdir(), 'vocab.pkl')
  const read = (pickle: string) => {
    writeFileSync(file, `${pickle}.`, 'latin1')
    return readVocabPickle(file)
  }
  const words = list(...['<unk>', '<pad>', '<bos>', '<eos>', 'dog'].map(text))
  const freqs = `ccollections\nCounter\n${tuple(dict(text('dog'), 'I7\n'))}R`
  const stoi = `ccollections\ndefaultdict\n${tuple('cdata.vocab\n_default_unk_index\n')}R`
  const vocabulary = (itos: string) =>
    `cdata.vocab\nVocab\n)\x81${dict(text('freqs'), freqs, text('itos'), itos, text('stoi'), stoi)}b`
  const { words: found, counts } = await read(vocabulary(words))
  t.same([found[4], counts[4], counts[0]], ['dog', 7, 0])
  await t.rejects(read(vocabulary(list(text('dog')))), /vocab\.pkl: not a vocabulary/)
  await t.rejects(read(words), /expected a pickled vocabulary with itos and freqs/)
  await t.rejects(read(`cos\nsystem\n${tuple(text('ls'))}R`), /vocab\.pkl: the pickle names os\.system/)
})

t.test('document frequencies', async (t) => {
  const file = join(t.testdir(), 'words.p')
  const read = (pickle: string) => {
    writeFileSync(file, `${pickle}.`, 'latin1')
    return readDocumentFrequencies(file)
  }
  const table = `ccollections\ndefaultdict\n${tuple('c__builtin__\nfloat\n')}R`
  const entries = `(${tuple(text('a'))}F40.0\n${tuple("S'a'\n", text('dog'))}F2.0\nu`
  const frequencies = (length: string) =>
    dict(text('document_frequency'), table + entries, text('ref_len'), length)
  const expected = new Map([
    ['a', 40],
    ['a dog', 2],
  ])
  t.same(await read(frequencies('F50.0\n')), { frequencies: expected, documents: 50 })
  const { documents } = await read(frequencies(`F${Math.log(50)}\n`))
  t.equal(documents, 50, 'some files hold the logarithm')
  await t.rejects(read(dict()), /expected a pickled dict with document_frequency and ref_len/)
  await t.rejects(
    read(dict(text('document_frequency'), dict('I1\n', 'I2\n'), text('ref_len'), 'I9\n')),
    /got 1: 2/,
  )
})
