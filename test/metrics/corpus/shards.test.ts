import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { corpusScores, evaluate, type MetricName } from '../../../lib/metrics/evaluate.js'
import { mergeFiles, writeStatistics, type GroupedItem } from '../../../lib/metrics/corpus/shards.js'
import { DataError } from '../../../lib/errors.js'

const settings = {
  tokenizer: 'ptb',
  repeats: 'kept',
  eos: 'none',
  breaks: 1,
  meteor: 'exact',
  version: '1',
} as const
const words = (text: string) => text.split(' ')
const items: GroupedItem[] = [
  item(1, 'a cat on the mat', ['a cat sat on the mat', 'the cat']),
  item('two', '', ['a dog runs', 'the dog is running fast', 'dog']),
  item(3, 'a red bus in the street', ['a red bus', 'a bus in the street of the town']),
  item(4, '1\u00a01/2 cups', ['1\u00a01/2 cups of the milk']),
]
function item(image_id: number | string, hypothesis: string, references: string[]): GroupedItem {
  return {
    image_id,
    hypothesis: words(hypothesis),
    references: references.map(words),
    meteor: Float64Array.from({ length: 24 }, (_, i) =>
      i < 2 ? 10 : i === 4 || i === 5 ? hypothesis.length : 0,
    ),
    group: String(image_id).length > 1 ? 'long' : 'short',
  }
}

t.test('shards score as the whole does, document frequencies included', async (t) => {
  const directory = t.testdir()
  const [a, b] = [join(directory, 'a.jsonl'), join(directory, 'b.jsonl')]
  await writeStatistics(a, { settings, items: items.slice(0, 1) })
  await writeStatistics(b, { settings, items: items.slice(1) })
  const merged = await mergeFiles([a, b])
  t.same(merged.items, items)
  t.same(merged.settings, { ...settings, breaks: 2 })
  const metrics: MetricName[] = ['bleu', 'rouge', 'cider', 'cider-plain', 'meteor']
  const scores = (all: readonly GroupedItem[]) => evaluate(all, { metrics }).map(corpusScores)
  t.same(scores(merged.items), scores(items))
  t.ok(scores(items)[3]![0]! > 0, 'CIDEr knows all images')
})

t.test('shards that do not belong together are refused', async (t) => {
  const directory = t.testdir()
  const [a, b] = [join(directory, 'a.jsonl'), join(directory, 'b.jsonl')]
  await writeStatistics(a, { settings, items: items.slice(0, 2) })
  await writeStatistics(b, { settings, items: items.slice(1) })
  await t.rejects(mergeFiles([a, b]), new DataError(`image two is in both ${a} and ${b}`))
  await writeStatistics(b, { settings: { ...settings, repeats: 'dropped' }, items: items.slice(2) })
  await t.rejects(
    mergeFiles([a, b]),
    /b.jsonl cannot be merged: "repeats" is dropped, that of the files before kept/,
  )
  await writeFile(b, '{"image_id":1}\n')
  await t.rejects(
    mergeFiles([b]),
    /b.jsonl:1: statistics: expected what m2 score --statistics of this version writes/,
  )
  await writeFile(b, '')
  await t.rejects(mergeFiles([b]), /b.jsonl: the file is empty/)
})
