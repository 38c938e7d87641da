import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { openParaphrases } from '../../../lib/metrics/meteor/paraphrases/cache.js'
import { buildParaphrases } from '../../../lib/metrics/meteor/paraphrases/build.js'
import { createParaphrases } from '../../../lib/metrics/meteor/paraphrases/table.js'
import { smallParaphrases, tableOf } from './data.js'

t.test('a table is indexed, in any script', async (t) => {
  const pairs = [
    ...smallParaphrases,
    ['日本 語', '😀 ΐ'],
    ['as', 'c6'],
    ['c5', 'cs'],
    ['x', 'y'.repeat(70_000)],
  ] as const
  const folder = t.testdir({ 'paraphrase-en.gz': Buffer.from(tableOf(pairs)) })
  const table = await buildParaphrases(join(folder, 'paraphrase-en.gz'))
  const { word, next } = createParaphrases(table)
  const find = (phrase: string) =>
    phrase
      .split(' ')
      .map(word)
      .reduce((node, number) => (node < 0 ? -1 : next(node, number)))
  t.equal(table.seconds.length, pairs.length)
  for (const [first, second] of pairs) {
    const seconds = table.seconds.subarray(table.pairs[find(first)], table.pairs[find(first) + 1])
    t.ok(seconds.includes(find(second)), `${first} / ${second.slice(0, 20)}`)
    t.equal(table.isSecond[find(second)], 1)
  }
  t.not(find('as'), find('c5'), 'words with one Java hash code are two')
  t.equal(find('dog a'), -1)
  t.equal(word('nowhere'), -1)
})

t.test('what is no paraphrase table is refused by name', async (t) => {
  const whole = Buffer.from(
    tableOf(Array.from({ length: 5000 }, (_, i) => [`a ${i}`, `b ${i * 7}`] as const)),
  )
  const folder = t.testdir({
    cut: whole.subarray(0, whole.length / 2),
    text: '0.5\na\nb\n',
    twos: gzipSync('0.5\na\n0.5\nb\n'),
    odd: gzipSync('0.5\na\nb\n0.5\n'),
    empty: gzipSync(''),
    nothing: '',
  })
  const refused = async (name: string, why: RegExp) =>
    t.rejects(buildParaphrases(join(folder, name)), { name: 'DataError', message: why }, name)
  await refused('cut', /cut.*expected METEOR's paraphrase table.*cut short/)
  await refused('text', /incorrect header check/)
  await refused('twos', /twos:4: expected .*a probability/)
  await refused('odd', /lines by threes, got 4 lines/)
  await refused('empty', /got 0 lines/)
  await refused('nothing', /expected METEOR's paraphrase table/)
})

t.test('the index is kept, and built anew when it is damaged', async (t) => {
  const folder = t.testdir({ 'paraphrase-en.gz': Buffer.from(tableOf(smallParaphrases)), cache: {} })
  const cache = join(folder, 'cache')
  const notes: string[] = []
  const open = () => openParaphrases(join(folder, 'paraphrase-en.gz'), cache, (note) => notes.push(note))
  const built = await open()
  t.match(notes, [/indexing/])
  t.match(await open(), built, 'read back as it was')
  t.equal(notes.length, 1, 'not built twice')

  const [name = ''] = readdirSync(cache)
  const bytes = readFileSync(join(cache, name))
  for (const damaged of [bytes.subarray(0, bytes.length - 1), Buffer.alloc(bytes.length), Buffer.alloc(3)]) {
    writeFileSync(join(cache, name), damaged)
    t.match(await open(), built)
  }
  t.equal(notes.length, 4)
  t.same(readdirSync(cache), [name], 'no temporary file is left')
})

t.test('a folder that cannot hold the index costs only the time', async (t) => {
  const folder = t.testdir({ 'paraphrase-en.gz': Buffer.from(tableOf(smallParaphrases)), file: '' })
  const notes: string[] = []
  const { cached, table } = await openParaphrases(
    join(folder, 'paraphrase-en.gz'),
    join(folder, 'file', 'below'),
    (note) => notes.push(note),
  )
  t.equal(cached, undefined)
  t.equal(table.seconds.length, smallParaphrases.length)
  t.match(notes, [/indexing/, /cannot be kept/])
})
