/** `m2 vocab`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import vocab from '../../lib/stages/vocab.js'
import { Vocabulary } from '../../lib/text/vocabulary.js'
import { shared, testReal } from '../shared.js'
import { collect, listen, stream } from './collect.js'

async function read(from: string): Promise<Vocabulary> {
  const documents = await collect(vocab.run(stream([]), { minFreq: 5, from }, listen('vocab').context))
  t.equal(documents.length, 1)
  return new Vocabulary(documents[0] as Vocabulary) // the constructor checks it
}

t.test('reads a vocabulary back whole', async (t) => {
  const document = { words: ['<unk>', '<pad>', '<bos>', '<eos>', 'rare'], counts: [0, 0, 0, 0, 1] }
  const file = join(t.testdir(), 'vocab.json')
  writeFileSync(file, JSON.stringify(document))
  t.same((await read(file)).toJSON(), document)
})

const published = shared('data', 'reference', 'vocab.pkl')
testReal(t, [published], "reads the reference's vocabulary", async (t) => {
  const vocabulary = await read(published!)
  t.equal(vocabulary.size, 10_201)
  t.same(
    [86, 2109, 3087, 5208, 5337, 8708].map((id) => vocabulary.words[id]!.trim()),
    ['', '', '', '', '', ''],
    'six words are spaces',
  )
})
