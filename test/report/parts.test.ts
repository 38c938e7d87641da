/** The parts of the page, each by itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { html } from '../../lib/report/html.js'
import { openPhotographs, sizeOfImage } from '../../lib/report/photographs.js'
import { chooseCaptions } from '../../lib/report/prediction.js'
import { rankByCider, rankByFile } from '../../lib/report/ranking.js'
import { curvesOf, readTrainingLog, thinned } from '../../lib/report/training-log.js'
import { wordStatistics, wordUses } from '../../lib/report/vocabulary.js'

const folder = mkdtempSync(join(tmpdir(), 'm2-report-'))
t.teardown(() => rmSync(folder, { recursive: true }))
function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

t.test('text is escaped once, and markup is not', async (t) => {
  const nested = html`<p title="${'"<&>\''}">${html`<b>${'<i>'}</b>`}</p>`
  t.equal(nested.markup, '<p title="&#34;&#60;&#38;&#62;&#39;"><b>&#60;i&#62;</b></p>')
  t.equal(html`${['a', false, undefined, 1, ['<']]}`.markup, 'a1&#60;')
  t.equal(html`${'a\0b'}`.markup, 'a\ufffdb')
  const text = fc.string({ unit: 'binary' })
  fc.assert(fc.property(text, (text) => !/[<>"']/.test(html`${text}`.markup)))
})

t.test('a training log becomes curves', async (t) => {
  const lines = [
    { event: 'step', objective: 'xe', epoch: 1, step: 10, loss: 5, rate: 0.1, batch: 50, nothing: null },
    { event: 'step', objective: 'xe', epoch: 1, step: 20, loss: 4, rate: 0.2, batch: 50 },
    { event: 'epoch', objective: 'xe', epoch: 1, step: 20, loss: 4.5, val: { 'CIDEr-D': 0.5 } },
    { event: 'best', score: 0.5 },
    { event: 'step', objective: 'xe', epoch: 2, step: 20, loss: 3, rate: 0.2, batch: 50 },
    { event: 'epoch', objective: 'scst', epoch: 2, step: 30, loss: -1, val: { 'CIDEr-D': 0.75 } },
    { event: 'step', objective: 'scst', epoch: 2, step: 30, loss: -0.5, rate: 0.1, batch: 50 },
    { event: 'done' },
  ].map((line) => JSON.stringify(line))
  const { curves, skipped } = await readTrainingLog(write('log.jsonl', `${lines.join('\n')}\n{"event":"st`))
  t.equal(skipped, 1, 'a line that was cut')
  const names = curves.map(({ field, by }) => `${field} ${by}`)
  t.same(names, ['loss step', 'rate step', 'CIDEr-D epoch'], 'what changes')
  const [loss, , cider] = curves.map(({ points }) => points.map(({ x, y, series }) => [x, y, series]))
  t.same(loss, [[10, 5, 'xe'], [20, 3, 'xe']], 'a step done again counts as done last') // prettier-ignore
  t.same(cider, [[1, 0.5, 'xe, val'], [2, 0.75, 'scst, val']]) // prettier-ignore
  t.same(curvesOf([]), [])
})

t.test('a long curve is thinned to means', async (t) => {
  const points = Array.from({ length: 1000 }, (_, x) => ({ x, y: x % 10, series: x < 500 ? 'a' : 'b' }))
  const thin = thinned(points, 50)
  t.equal(thin.length, 100)
  t.same(thin[0], { x: 4.5, y: 4.5, series: 'a' })
  t.same(thinned(points.slice(0, 3), 50), points.slice(0, 3))
})

t.test('statistics of words', async (t) => {
  const captions = [
    ['a', 'cat', 'on', 'a', 'cat'],
    ['a', 'cat'],
    ['a', 'cat'],
  ]
  t.same(wordStatistics(captions), {
    captions: 3,
    meanLength: 3,
    shortest: 2,
    longest: 5,
    distinctWords: 3,
    distinctBigrams: 3,
    distinctTrigrams: 3,
    distinctCaptions: 2 / 3,
  })
  t.equal(wordStatistics([]).meanLength, 0)
  const said = (word: string, times: number) => Array.from({ length: times }, () => [word])
  const generated = [...said('group', 60), ...said('a', 40)]
  const { more, less } = wordUses(generated, [...said('a', 45), ...said('kitten', 55)], 5)
  t.match(more, [{ word: 'group', generated: 600, references: 0 }])
  t.match(less, [{ word: 'kitten', generated: 0, references: 550 }])
  t.same([more.length, less.length], [1, 1], '"a" differs by chance')
  t.same(wordUses([], captions, 5), { more: [], less: [] })
})

t.test('captions to show', async (t) => {
  const ranked = Array.from({ length: 20 }, (_, i) => ({
    prediction: { image_id: i, caption: `${i}` },
    score: (i * 7) % 20,
  }))
  const scores = chooseCaptions(ranked, 2).map(([title, chosen]) => [title, chosen.map(({ score }) => score)])
  t.same(scores, [
    ['Best captions', [19, 18]],
    ['Captions in the middle', [10, 9]],
    ['Worst captions', [0, 1]],
  ])
  t.equal(chooseCaptions(ranked.slice(0, 3), 2)[0]?.[1].length, 3)
  const plain = ranked.map(({ prediction }) => ({ prediction }))
  t.equal(chooseCaptions(plain, 2)[0]?.[1].length, 4)
})

t.test('captions are ranked by CIDEr-D, or as a file says', async (t) => {
  const predictions = [
    { image_id: 1, caption: 'a cat', captions: ['a cat', 'the cat'] },
    { image_id: 2, caption: 'a dog', captions: ['two birds fly'] },
    { image_id: 3, caption: 'a fish' },
  ]
  const tokens = predictions.map(({ caption }) => caption.split(' '))
  const references = predictions.map(({ captions = [] }) => captions.map((text) => text.split(' ')))
  const [first, second, third] = rankByCider(predictions, tokens, references)
  t.ok(first!.score! > 0.5)
  t.equal(second!.score, 0)
  t.equal(third!.score, undefined)

  const file = write('per.jsonl', '{"image_id":"2","caption":"a dog","BLEU-1":0.1,"CIDEr-D":0.25}\n')
  const read = await rankByFile(predictions, file)
  t.equal(read.metric, 'CIDEr-D')
  const scores = read.ranked.map(({ score }) => score)
  t.same(scores, [undefined, 0.25, undefined])
  await t.rejects(
    rankByFile(predictions, write('none.jsonl', '{"image_id":2}\n')),
    /none.jsonl: expected scores/,
  )
})

/** The headers that matter: a JPEG's, with a table to be passed over that looks like a frame, and a PNG's. */
const jpeg = Buffer.from('ffd8ffe000040102ffc4000411aaffc0001108012c01900301110002110103110100', 'hex')
const png = Buffer.from('89504e470d0a1a0a0000000d49484452000002800000015008020000', 'hex')

t.test('photographs', async (t) => {
  t.same(sizeOfImage(jpeg), { width: 400, height: 300 })
  t.same(sizeOfImage(png), { width: 640, height: 336 })
  for (const bad of [Buffer.alloc(0), Buffer.from('GIF89a'), jpeg.subarray(0, 12)])
    t.equal(sizeOfImage(bad), undefined)
  const ends = (bytes: Uint8Array) => void sizeOfImage(Buffer.concat([jpeg.subarray(0, 2), bytes]))
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), ends))

  write('COCO_val2014_000000000042.jpg', jpeg)
  write('000000000007.png', png)
  write('large.jpg', Buffer.concat([jpeg, Buffer.alloc(2000)]))
  const photographs = await openPhotographs(folder, 1000)
  t.match(await photographs.embed({ image_id: 42 }), { uri: /^data:image\/jpeg;base64,\/9j/, width: 400 })
  t.match(await photographs.embed({ image_id: '7' }), { uri: /^data:image\/png/, height: 336 })
  t.match(await photographs.embed({ image_id: 9, file_name: '000000000007.png' }), { width: 640 })
  t.equal(await photographs.embed({ image_id: 8 }), undefined)
  t.equal(photographs.tooLarge, 0)
  t.equal(await photographs.embed({ image_id: 'large' }), undefined)
  t.equal(photographs.tooLarge, 1)
  await t.rejects(openPhotographs(join(folder, 'nowhere'), 1), /expected a directory of photographs/)
})
