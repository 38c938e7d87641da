/** Vocabularies of other projects. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { loadVocabulary } from '../../lib/text/vocabulary.js'

const words = ['<unk>', '<pad>', '<bos>', '<eos>', 'a', 'dog', '개']

t.test('lists of words, and ids of words', async (t) => {
  const folder = t.testdir()
  const files: Record<string, string> = {
    'words.txt': 'a\ndog\n개\n',
    'counted.txt': '<pad> 0\n<unk> 3\na 120\ndog 7\n개 5\n',
    'list.json': '["<start>", "a", "dog", "개"]',
    'cocotalk.json': '{"ix_to_word": {"1": "a", "10": "개", "2": "dog", "11": "UNK"}, "images": []}',
    'wordmap.json': '{"1": "a", "2": "dog", "3": "개"}',
    'word_to_ix.json': '{"word_to_ix": {"dog": 2, "a": 1, "개": 3}}',
  }
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name)
    writeFileSync(file, content)
    const vocabulary = await loadVocabulary(file)
    t.same(vocabulary.words, words, name)
    t.same(
      vocabulary.counts,
      words.map(() => 0),
    )
    writeFileSync(`${file}.gz`, gzipSync(content))
    t.same((await loadVocabulary(`${file}.gz`)).words, words, `${name}, gzipped`)
  }
})

t.test('what holds no words, or one twice', async (t) => {
  const folder = t.testdir({ 'twice.txt': 'a\ndog\na\n', 'none.txt': '<pad>\n', 'other.json': '{"a": [1]}' })
  await t.rejects(loadVocabulary(join(folder, 'twice.txt')), {
    message: /twice.txt: the word "a" is there twice/,
  })
  await t.rejects(loadVocabulary(join(folder, 'none.txt')), {
    message: /none.txt: expected words, one a line/,
  })
  await t.rejects(loadVocabulary(join(folder, 'other.json')), { message: /expected a vocabulary/ })
})
