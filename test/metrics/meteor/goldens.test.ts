import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseMeteorData, readMeteorTexts } from '../../../lib/metrics/meteor/data.js'
import { createMeteor, openMeteor, type Meteor } from '../../../lib/metrics/meteor/index.js'
import { buildParaphrases } from '../../../lib/metrics/meteor/paraphrases/build.js'
import { noShared, shared } from '../../shared.js'
import { readGolden, type ByImage } from '../goldens.js'
import { noMeteor, realFiles } from './data.js'
import { near } from '../../near.js'

interface Golden {
  score: number
  per: number[]
  stats: string[]
}

t.setTimeout(300_000) // a dense table takes its time, and so does an index

const goldens = shared('goldens', 'metrics')
const skip = goldens === undefined ? noShared : realFiles?.jar === undefined ? noMeteor : false

t.test("without paraphrases: the jar's statistics and scores", { skip }, async (t) => {
  compare(
    t,
    createMeteor(parseMeteorData(await readMeteorTexts(realFiles!))),
    'val_meteor_nopara_golden.json.gz',
  )
})

t.test("with a dense table: the jar's statistics and scores", { skip }, async (t) => {
  const table = await buildParaphrases(join(goldens!, 'paraphrase-synthetic.gz'))
  compare(
    t,
    createMeteor(parseMeteorData(await readMeteorTexts(realFiles!)), table),
    'val_meteor_synthpara_golden.json.gz',
  )
})

t.test(
  'the official demo scores .195 with the real table',
  { skip: skip || (realFiles?.paraphrases === undefined ? noMeteor : false) },
  async (t) => {
    const meteor = await openMeteor({ cache: t.testdir() })
    const sum = new Float64Array(meteor.width)
    const references = readGolden<ByImage>(join(goldens!, 'demo_gts.json.gz'))
    for (const [image, [hypothesis = '']] of Object.entries(
      readGolden<ByImage>(join(goldens!, 'demo_res.json.gz')),
    ))
      for (const [i, value] of meteor.statistics(hypothesis, references[image] ?? []).entries())
        sum[i]! += value
    t.equal(meteor.score(sum).toFixed(3), '0.195')
  },
)

function compare(t: Test, meteor: Meteor, file: string): void {
  const references = readGolden<ByImage>(join(goldens!, 'val_gts.json.gz'))
  const hypotheses = readGolden<ByImage>(join(goldens!, 'val_res.json.gz'))
  const golden = readGolden<Golden>(join(goldens!, file))
  const sum = new Float64Array(meteor.width)
  let same = 0
  let farthest = 0
  for (const [i, image] of Object.keys(references).entries()) {
    const statistics = meteor.statistics(hypotheses[image]?.[0] ?? '', references[image] ?? [])
    for (const [k, value] of statistics.entries()) sum[k]! += value
    if ([...statistics.subarray(0, 23)].map((value) => value.toFixed(1)).join(' ') === golden.stats[i]) same++
    farthest = Math.max(farthest, Math.abs(meteor.score(statistics) - golden.per[i]!))
  }
  t.equal(same, golden.stats.length, 'segments with identical statistics')
  t.ok(farthest <= 1e-12, `farthest score: ${farthest}`)
  near(t, meteor.score(sum), golden.score, 1e-12, 'corpus')
}
