import t from 'tap'
import { Lexicon, packCaptions, packGroups } from '../../lib/metrics/captions.js'
import { ciderStatistics } from '../../lib/metrics/cider.js'
import { countDocuments } from '../../lib/metrics/frequencies.js'
import { Ngrams, numberNgrams } from '../../lib/metrics/ngrams.js'
import { createCiderReward } from '../../lib/metrics/reward.js'
import { shared, testReal } from '../shared.js'
import { readGolden, type ByImage } from './goldens.js'

const golden = shared('goldens', 'metrics', 'scst_golden.json.gz')

testReal(t, [golden], "250 hypotheses earn the reference's rewards", async (t) => {
  const { gts, res, scores } = readGolden<{ gts: ByImage; res: ByImage; scores: number[] }>(golden!)
  const all = readGolden<ByImage>(shared('goldens', 'metrics', 'val_gts.json.gz')!)
  const lexicon = new Lexicon()
  const ids = (caption: string) => Int32Array.from(caption.split(' '), (word) => lexicon.number(word))
  const images = new Map(Object.values(all).map((captions, image) => [captions.join('\n'), image]))
  const reward = createCiderReward({ references: Object.values(all).map((captions) => captions.map(ids)) })
  const own = Object.keys(res).map((key) => {
    const hypothesis = ids(res[key]![0]!)
    return reward.score(images.get(gts[key]!.join('\n'))!, hypothesis, 0, hypothesis.length)
  })
  const worst = Math.max(...own.map((score, i) => Math.abs(score - scores[i]!)))
  t.ok(worst < 1e-12, 'within 1e-12', { worst })
})

const references = [
  [
    [4, 5, 6, 7, 8],
    [4, 5, 9],
  ],
  [[10, 11, 12, 4], [10, 13, 6, 7], [5]],
  [[14, 15, 16, 17, 18]],
]
const eos = { id: 3, mode: 'none' } as const

t.test('a hypothesis is read up to its end, wherever it lies in the ids', async (t) => {
  const reward = createCiderReward({ references, eos })
  const ids = Int32Array.of(99, 10, 11, 6, 7, 3, 1, 1)
  const score = reward.score(1, Int32Array.of(10, 11, 6, 7), 0, 4)
  t.ok(score > 0)
  t.equal(reward.score(1, ids, 1, 8), score)
  t.equal(reward.score(1, Int32Array.of(3), 0, 1), 0, 'no words earn nothing')
  t.equal(reward.score(2, Int32Array.of(14, 15, 16, 17, 18, 3), 0, 6), 10, 'the only reference, word by word')
  t.throws(() => reward.score(3, ids, 0, 8), /no references of image 3; there are 3 images/)
})

t.test('scores do not depend on what was scored before', async (t) => {
  const reward = createCiderReward({ references, eos })
  const hypotheses = [
    [10, 11, 70, 71, 70, 71],
    [71, 70, 71, 70],
    [10, 13, 6, 7],
    Array.from({ length: 500 }, (_, i) => i % 90),
    [],
  ]
  const scores = (order: readonly number[]) =>
    order.map((i) => [i, reward.score(1, Int32Array.from(hypotheses[i]!), 0, hypotheses[i]!.length)] as const)
  t.same(new Map(scores([0, 1, 2, 3, 4])), new Map(scores([4, 2, 3, 1, 0])))
})

t.test('document frequencies count images, captions, or come from elsewhere', async (t) => {
  const hypothesis = Int32Array.of(10, 11, 6, 7)
  const score = (documentFrequency: Parameters<typeof createCiderReward>[0]['documentFrequency']) =>
    createCiderReward({ references, documentFrequency, eos }).score(1, hypothesis, 0, 4)
  const ngrams = new Ngrams()
  const numbered = {
    references: numberNgrams(packCaptions(references.flat()), ngrams),
    hypotheses: numberNgrams(packCaptions([[], hypothesis, []]), ngrams),
    first: packGroups([2, 3, 1]),
  }
  const images = countDocuments(numbered.references, ngrams, numbered.first)
  const captions = countDocuments(numbered.references, ngrams)
  t.same([images.documents, captions.documents], [3, 6])
  t.equal(score('image'), ciderStatistics(numbered, images)[1])
  t.equal(score('caption'), ciderStatistics(numbered, captions)[1])
  t.equal(score(captions), score('caption'))
  t.not(score('image'), score('caption'))
})

t.test('with the end as a word, an unfinished sentence earns less', async (t) => {
  const appended = createCiderReward({ references, eos: { id: 3, mode: 'append' } })
  const whole = Int32Array.of(14, 15, 16, 17, 18, 3)
  t.equal(appended.score(2, whole, 0, 6), 10)
  t.ok(appended.score(2, whole, 0, 5) < 10, 'the same words, not ended')
  t.equal(createCiderReward({ references, eos }).score(2, whole, 0, 5), 10, 'not so without it')
  t.equal(appended.eos, 'append')
})
