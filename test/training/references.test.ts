/** References: which tokens are a record's own, and when scoring against them would be hopeless. */
import t from 'tap'
import { Vocabulary, specialWords } from '../../lib/text/vocabulary.js'
import { areOwn, describeReferences, referencesOf } from '../../lib/training/references.js'

t.test('tokens are own where no rule here makes them of the captions', async (t) => {
  const captions = ["A man's dog, running.", 'Two birds!']
  const cases: [string, string[][], unknown, boolean][] = [
    [
      'of m2 tokenize',
      [
        ['a', 'man', "'s", 'dog', 'running'],
        ['two', 'birds'],
      ],
      captions,
      false,
    ],
    ['the same with marks of punctuation', [['a', 'dog', '.']], ['A dog.'], true],
    ['of the PTB rules', [['a', 't-shirt']], ['A t-shirt.'], false],
    ['of a segmenter', [['一个', '人', '在', '骑车']], ['一个人在骑车'], true],
    ['of nothing', [['a', 'dog']], undefined, true],
    ['of some captions only', [['two', 'birds']], captions, true],
  ]
  for (const [what, tokens, from, expected] of cases) t.equal(areOwn(tokens, from), expected, what)
})

const vocabulary = (...words: string[]) =>
  new Vocabulary({ words: [...specialWords, ...words], counts: [0, 0, 0, 0, ...words.map(() => 1)] })
const chinese = { id: 1, texts: ['一个人在骑车'] }
const english = { id: 2, texts: ['A man, riding.'] }

t.test('references are own tokens, or PTB tokens of captions', async (t) => {
  const tokens = [['一个', '人', '在', '骑车']]
  t.same(referencesOf([{ ...chinese, tokens }, english], vocabulary('a', '人')), [
    [['一个', '人', '在', '骑车']],
    [['a', 'man', 'riding']],
  ])
  t.equal(describeReferences([{ ...chinese, tokens }, english]), 'own tokens of 1 of 2 images')
  t.equal(describeReferences([english]), undefined)
  t.equal(describeReferences([{ id: 3, texts: ['a dog'], tokens: [['a', 'dog']] }]), undefined)
})

t.test('references without a word of the vocabulary are an error that says what to do', async (t) => {
  t.throws(
    () => referencesOf([chinese], vocabulary('一个', '人', '在', '骑车')),
    /no word of the references is in the vocabulary: "一个人在骑车" of image 1 .*give the words as "tokens"/,
  )
})
