/** BLEU, ROUGE-L, CIDEr-D and the reward beside pycocoevalcap's numbers, on this project's own captions. */
import t, { type Test } from 'tap'
import { bleu, bleuStatistics } from '../../../lib/metrics/bleu.js'
import { Lexicon } from '../../../lib/metrics/captions.js'
import { ciderD, ciderStatistics } from '../../../lib/metrics/cider.js'
import { countDocuments } from '../../../lib/metrics/frequencies.js'
import { sumRows, type Metric } from '../../../lib/metrics/metric.js'
import { createCiderReward } from '../../../lib/metrics/reward.js'
import { rougeL, rougeStatistics } from '../../../lib/metrics/rouge.js'
import { near } from '../../near.js'
import { shared, testReal } from '../../shared.js'
import { readGolden, segmentsOf, type ByImage } from '../goldens.js'
import { goldenImages, goldenSets, tokensOfSet, type GoldenSet, type Scored } from '../own-goldens.js'

const corpus = (metric: Metric, rows: Float64Array) =>
  metric.score(sumRows(rows, metric.width), rows.length / metric.width)

for (const [set, golden] of goldenSets.entries())
  t.test(`set ${set} of ${goldenImages.length} images scores as pycocoevalcap scores it`, async (t) => {
    const { hypotheses, references } = tokensOfSet(set)
    compare(t, hypotheses, references, golden)
  })

const real = ['val_gts.json.gz', 'val_res.json.gz', 'val_golden.json.gz'].map((name) =>
  shared('goldens', 'metrics', name),
)
testReal(t, real, '5,000 images of COCO score as pycocoevalcap scores them', async (t) => {
  const [references, hypotheses] = real.map((file) => readGolden<ByImage>(file!))
  const { BLEU, ROUGE_L, CIDEr } = readGolden<Record<'ROUGE_L' | 'CIDEr', Scored> & Pick<Scores, 'BLEU'>>(
    real[2]!,
  )
  compare(t, hypotheses!, references!, { BLEU, 'ROUGE-L': ROUGE_L, 'CIDEr-D': CIDEr })
})

t.test('a hypothesis earns its CIDEr-D, whichever images are rewarded beside it', async (t) => {
  const lexicon = new Lexicon()
  const ids = (caption: string) =>
    Int32Array.from(caption.split(/\s+/).filter(Boolean), (word) => lexicon.number(word))
  const references = goldenImages.map((image) => image.reference_tokens.map(ids))
  const reward = createCiderReward({ references })
  for (const [set, golden] of goldenSets.entries()) {
    const found = goldenImages.map((image, i) => {
      const hypothesis = ids(image.candidate_tokens[set]!)
      return reward.score(i, hypothesis, 0, hypothesis.length)
    })
    near(t, found, golden['CIDEr-D'].per, 1e-12, `rewards of set ${set}`)
  }
})

type Scores = Pick<GoldenSet, 'BLEU' | 'ROUGE-L' | 'CIDEr-D'>

function compare(t: Test, hypotheses: ByImage, references: ByImage, golden: Scores): void {
  const { words, numbered, ngrams } = segmentsOf(hypotheses, references)
  const bleuRows = bleuStatistics(numbered, ngrams.size)
  near(t, corpus(bleu, bleuRows), golden.BLEU.score, 1e-12, 'BLEU')
  for (let n = 0; n < 4; n++) {
    const each = Object.keys(references).map(
      (_, i) => bleu.score(bleuRows.subarray(10 * i, 10 * i + 10), 1)[n]!,
    )
    near(t, each, golden.BLEU.per[n]!, 1e-12, `BLEU-${n + 1} of each image`)
  }
  const rougeRows = rougeStatistics(words)
  near(t, corpus(rougeL, rougeRows), [golden['ROUGE-L'].score], 1e-12, 'ROUGE-L')
  near(t, rougeRows, golden['ROUGE-L'].per, 1e-12, 'ROUGE-L of each image')
  const ciderRows = ciderStatistics(numbered, countDocuments(numbered.references, ngrams, numbered.first))
  near(t, corpus(ciderD, ciderRows), [golden['CIDEr-D'].score], 1e-12, 'CIDEr-D')
  near(t, ciderRows, golden['CIDEr-D'].per, 1e-12, 'CIDEr-D of each image')
}
