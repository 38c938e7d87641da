/** METEOR beside its jar: statistics and scores of every segment. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseMeteorData, readMeteorTexts } from '../../../lib/metrics/meteor/data.js'
import { createMeteor, openMeteor, type Meteor } from '../../../lib/metrics/meteor/index.js'
import { buildParaphrases } from '../../../lib/metrics/meteor/paraphrases/build.js'
import { near } from '../../near.js'
import { shared, testReal } from '../../shared.js'
import { readGolden, type ByImage } from '../goldens.js'
import { goldenFile, goldenSets, tokensOfSet } from '../own-goldens.js'
import { noMeteor, realFiles, tableOf, writeFiles } from './data.js'

interface Golden {
  score: number
  per: number[]
  statistics: string[]
}

t.setTimeout(300_000) // a dense table takes its time, and so does an index

t.test("with word lists of this project: the jar's statistics and scores", async (t) => {
  const part = (name: string) => goldenFile(`meteor/english.${name}`)
  const [functionWords, prefixes] = [part('words'), part('prefixes')]
  const texts = { functionWords, prefixes, synsets: part('synsets'), exceptions: part('exceptions') }
  const pairs = goldenFile('meteor/paraphrases.txt').trimEnd().split('\n')
  const table = tableOf(pairs.map((line) => line.split(' | ') as [string, string])) // two a line
  const folder = writeFiles(t.testdir(), { 'paraphrases.gz': table })
  const meteor = createMeteor(
    parseMeteorData({ texts, identity: [] }),
    await buildParaphrases(join(folder, 'paraphrases.gz')),
  )
  for (const [set, golden] of goldenSets.entries())
    compare(t, meteor, tokensOfSet(set), golden['METEOR own data'], `set ${set}`)
})

t.test(
  "with METEOR's own data: the jar's statistics and scores",
  { skip: realFiles?.jar && realFiles.paraphrases ? false : noMeteor },
  async (t) => {
    const meteor = await openMeteor({ cache: t.testdir() })
    for (const [set, golden] of goldenSets.entries())
      compare(t, meteor, tokensOfSet(set), golden.METEOR, `set ${set}`)
  },
)

const [captions, results, paraphrases] = [
  'val_gts.json.gz',
  'val_res.json.gz',
  'paraphrase-synthetic.gz',
].map((name) => shared('goldens', 'metrics', name))
const needed = [captions, results, paraphrases, realFiles?.jar]

testReal(t, needed, "COCO without paraphrases: the jar's statistics and scores", async (t) => {
  compareReal(
    t,
    createMeteor(parseMeteorData(await readMeteorTexts(realFiles!))),
    'val_meteor_nopara_golden.json.gz',
  )
})

testReal(t, needed, "COCO with a dense table: the jar's statistics and scores", async (t) => {
  const table = await buildParaphrases(paraphrases!)
  compareReal(
    t,
    createMeteor(parseMeteorData(await readMeteorTexts(realFiles!)), table),
    'val_meteor_synthpara_golden.json.gz',
  )
})

testReal(
  t,
  [...needed, realFiles?.paraphrases],
  'the official demo scores .195 with the real table',
  async (t) => {
    const meteor = await openMeteor({ cache: t.testdir() })
    const sum = new Float64Array(meteor.width)
    const references = readGolden<ByImage>(shared('goldens', 'metrics', 'demo_gts.json.gz')!)
    const hypotheses = readGolden<ByImage>(shared('goldens', 'metrics', 'demo_res.json.gz')!)
    for (const [image, [hypothesis = '']] of Object.entries(hypotheses))
      for (const [i, value] of meteor.statistics(hypothesis, references[image] ?? []).entries())
        sum[i]! += value
    t.equal(meteor.score(sum).toFixed(3), '0.195')
  },
)

function compareReal(t: Test, meteor: Meteor, file: string): void {
  const texts = { references: readGolden<ByImage>(captions!), hypotheses: readGolden<ByImage>(results!) }
  const { stats, ...golden } = readGolden<{ score: number; per: number[]; stats: string[] }>(
    shared('goldens', 'metrics', file)!,
  )
  compare(t, meteor, texts, { ...golden, statistics: stats }, file)
}

function compare(
  t: Test,
  meteor: Meteor,
  { hypotheses, references }: { hypotheses: ByImage; references: ByImage },
  golden: Golden,
  what: string,
): void {
  const rows = Object.keys(references).map((image) =>
    meteor.statistics(hypotheses[image]?.[0] ?? '', references[image] ?? []),
  )
  const written = rows.map((row) => [...row.subarray(0, 23)].map((value) => value.toFixed(1)).join(' '))
  const different = written.flatMap((line, i) => (line === golden.statistics[i] ? [] : [i]))
  t.same(different, [], `${what}: segments with other statistics`)
  t.equal(written.length, golden.statistics.length, `${what}: segments`)
  const each = rows.map((row) => meteor.score(row))
  near(t, each, golden.per, 1e-12, `${what}: scores of segments`)
  const sum = rows.reduce(
    (sum, row) => sum.map((value, i) => value + row[i]!),
    new Float64Array(meteor.width),
  )
  near(t, meteor.score(sum), golden.score, 1e-12, `${what}: corpus`)
}
