import t from 'tap'
import { bleu, bleuStatistics } from '../../../lib/metrics/bleu.js'
import { ciderD, ciderStatistics } from '../../../lib/metrics/cider.js'
import { countDocuments } from '../../../lib/metrics/frequencies.js'
import { sumRows, type Metric } from '../../../lib/metrics/metric.js'
import { rougeL, rougeStatistics } from '../../../lib/metrics/rouge.js'
import { noShared, shared } from '../../shared.js'
import { readGolden, segmentsOf, type ByImage } from '../goldens.js'
import { near } from '../../near.js'

const golden = shared('goldens', 'metrics', 'val_golden.json.gz')

interface Golden {
  BLEU: { score: number[]; per: number[][] }
  ROUGE_L: { score: number; per: number[] }
  CIDEr: { score: number; per: number[] }
}

t.test('5,000 images score as pycocoevalcap scores them', { skip: golden ? false : noShared }, async (t) => {
  const expected = readGolden<Golden>(golden!)
  const read = (name: string) => readGolden<ByImage>(shared('goldens', 'metrics', name)!)
  const { words, numbered, ngrams } = segmentsOf(read('val_res.json.gz'), read('val_gts.json.gz'))
  const images = words.first.length - 1

  const bleuRows = bleuStatistics(numbered, ngrams.size)
  near(t, corpus(bleu, bleuRows), expected.BLEU.score, 1e-12, 'BLEU')
  for (let n = 0; n < 4; n++) {
    const scores = Array.from(
      { length: images },
      (_, i) => bleu.score(bleuRows.subarray(10 * i, 10 * i + 10), 1)[n]!,
    )
    near(t, scores, expected.BLEU.per[n]!, 1e-12, `BLEU-${n + 1} of each image`)
  }
  const rougeRows = rougeStatistics(words)
  near(t, corpus(rougeL, rougeRows), [expected.ROUGE_L.score], 1e-12, 'ROUGE-L')
  near(t, rougeRows, expected.ROUGE_L.per, 1e-12, 'ROUGE-L of each image')
  const ciderRows = ciderStatistics(numbered, countDocuments(numbered.references, ngrams, numbered.first))
  near(t, corpus(ciderD, ciderRows), [expected.CIDEr.score], 1e-12, 'CIDEr-D')
  near(t, ciderRows, expected.CIDEr.per, 1e-12, 'CIDEr-D of each image')
})

function corpus(metric: Metric, rows: Float64Array): number[] {
  return metric.score(sumRows(rows, metric.width), rows.length / metric.width)
}
