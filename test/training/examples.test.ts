/** Examples: what records become, and what makes them unfit. */
import t from 'tap'
import { buildVocabulary } from '../../lib/text/vocabulary.js'
import { fingerprint, toExample } from '../../lib/training/examples.js'

const vocabulary = buildVocabulary(
  new Map([
    ['a', 9],
    ['dog', 8],
    ['runs', 7],
  ]),
  1,
)
const features = { file: '/f.hdf5', dataset: '1_features', shape: [3, 4] as [number, number] }
const options = {
  vocabulary,
  longest: 4,
  tokenize: (captions: readonly string[]) => captions.map((c) => c.split(' ').filter(Boolean)),
}

t.test('captions become ids, with or without tokens', async (t) => {
  const expected = {
    id: 1,
    captions: [Int32Array.of(4, 5), Int32Array.of(0, 6)],
  }
  t.match(toExample({ image_id: 1, features, tokens: [['a', 'dog'], [], ['cat', 'runs']] }, options), {
    ...expected,
    texts: ['a dog', 'cat runs'],
  })
  t.match(toExample({ image_id: 1, features, captions: ['a dog', '', 'cat runs'] }, options), {
    ...expected,
    texts: ['a dog', '', 'cat runs'],
  })
})

t.test('what cannot be trained on is named', async (t) => {
  const fails: [object, RegExp][] = [
    [{ captions: ['a dog'] }, /expected features for image 1; m2 features/],
    [{ features }, /expected "tokens" or "captions" for image 1/],
    [{ features, tokens: ['a'] }, /expected "tokens" or "captions"/],
    [{ features, tokens: [[], []] }, /expected captions with words for image 1/],
    [{ features, tokens: [['cat'], ['bird']] }, /image 1: no word of its captions is in the vocabulary/],
    [
      { features, tokens: [['a', 'a', 'a', 'a', 'dog']] },
      /image 1: a caption has 5 words, the model takes 4; --cut-captions/,
    ],
  ]
  for (const [record, message] of fails)
    t.throws(() => toExample({ image_id: 1, ...record }, options), message)
  t.match(
    toExample({ image_id: 1, features, tokens: [['a', 'a', 'a', 'a', 'dog']] }, { ...options, cut: true }),
    {
      captions: [Int32Array.of(4, 4, 4, 4)],
    },
  )
})

t.test('a fingerprint depends on images, captions and their order', async (t) => {
  const example = (id: number, words: string[]) =>
    toExample({ image_id: id, features, tokens: [words] }, options)
  const [a, b] = [example(1, ['a', 'dog']), example(2, ['a', 'runs'])]
  t.equal(fingerprint([a, b]), fingerprint([a, b]))
  t.not(fingerprint([a, b]), fingerprint([b, a]))
  t.not(fingerprint([a, b]), fingerprint([a, example(2, ['a', 'dog'])]))
})
