/** Vocabularies: built, read and checked. */
import { writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { DataError } from '../../lib/errors.js'
import {
  buildVocabulary,
  loadVocabulary,
  readVocabPickle,
  readVocabulary,
  specialWords,
  Vocabulary,
} from '../../lib/text/vocabulary.js'
import { dict, list, text, tuple } from '../formats/pickle/protocol0.js'
import { shared, testReal } from '../shared.js'

const counts = new Map(Object.entries({ dog: 7, cat: 9, ant: 7, rare: 1, '<eos>': 99, zebra: 2 }))

t.test('the most frequent words come first, equals in order, special words uncounted', async (t) => {
  t.same(buildVocabulary(counts, 2).toJSON(), {
    words: ['<unk>', '<pad>', '<bos>', '<eos>', 'cat', 'ant', 'dog', 'zebra'],
    counts: [0, 0, 0, 0, 9, 7, 7, 2],
  })
  t.equal(buildVocabulary(counts, 1).size, 9)
})

t.test('equals are in order of code points, as Python sorts', async () => {
  const codePoints = (word: string) => Array.from(word, (character) => character.codePointAt(0) ?? 0)
  const before = (a: number[], b: number[]): boolean => {
    const i = a.findIndex((point, i) => point !== b[i])
    return i < 0 || (b[i] !== undefined && (a[i] ?? 0) < b[i])
  }
  const word = fc.string({
    unit: fc.constantFrom('a', 'b', '\ue000', '\ufffd', '\u{10000}', '\u{1f600}'),
    maxLength: 4,
  })
  fc.assert(
    fc.property(fc.uniqueArray(word), (words) => {
      const sorted = buildVocabulary(new Map(words.map((word) => [word, 1])), 1).words.slice(4)
      return sorted.every((word, i) => i === 0 || before(codePoints(sorted[i - 1] ?? ''), codePoints(word)))
    }),
  )
})

t.test('captions go to ids and back', async (t) => {
  const vocabulary = buildVocabulary(counts, 1)
  t.same(vocabulary.encode(['cat', 'yeti', 'dog']), [4, 0, 6])
  t.same(vocabulary.decode([4, 0, 6]), ['cat', '<unk>', 'dog'])
  t.same(vocabulary.decode([4, 3, 6]), ['cat'], 'nothing after <eos>')
  t.throws(() => vocabulary.decode([9]), { name: 'DataError', message: /ids from 0 to 8 .* got 9/ })
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...vocabulary.words.slice(4))), (words) => {
      return vocabulary.decode(vocabulary.encode(words)).join(' ') === words.join(' ')
    }),
  )
})

t.test('words of the language are no words of the vocabulary', async (t) => {
  t.same(buildVocabulary(counts, 1).encode(['constructor', '__proto__', 'toString']), [0, 0, 0])
})

t.test('the hash tells vocabularies apart by their words alone', async (t) => {
  const { hash } = buildVocabulary(counts, 2)
  t.match(hash, /^[0-9a-f]{16}$/)
  t.equal(buildVocabulary(new Map([...counts].reverse()), 2).hash, hash)
  t.equal(buildVocabulary(new Map(counts).set('cat', 10), 2).hash, hash)
  t.not(buildVocabulary(counts, 1).hash, hash)
})

t.test('a vocabulary file is checked, and named', async (t) => {
  const directory = t.testdir()
  const write = async (name: string, text: string) => {
    await writeFile(join(directory, name), text)
    return join(directory, name)
  }
  const document = JSON.stringify(buildVocabulary(counts, 2))
  const read = await readVocabulary(await write('good.json', document))
  t.same(read.toJSON(), buildVocabulary(counts, 2).toJSON())
  const special = [...specialWords]
  for (const [text, message] of [
    [document.slice(0, -9), /JSON/],
    ['[]', /expected object/],
    ['{"words":["a"]}', /counts/],
    [JSON.stringify({ words: [...special, 'a'], counts: [0, 0, 0, 0] }), /as many counts/],
    [JSON.stringify({ words: [...special, 'a', 'a'], counts: [0, 0, 0, 0, 1, 1] }), /twice/],
    [JSON.stringify({ words: ['<pad>', '<unk>', '<bos>', '<eos>'], counts: [0, 0, 0, 0] }), /first words/],
  ] as const)
    await t.rejects(readVocabulary(await write('bad.json', text)), { name: 'DataError', message }, text)
  await t.rejects(readVocabulary(join(directory, 'none.json')), { message: /none\.json.*ENOENT/ })
  t.throws(() => new Vocabulary({ words: ['a'], counts: [1] }), DataError)
})

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
