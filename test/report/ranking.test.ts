/** Captions with their scores. */
import { join } from 'node:path'
import t from 'tap'
import { rankCaptions, readImageScores } from '../../lib/report/ranking.js'
import { near } from '../near.js'

const predictions = [
  { image_id: 1, caption: 'a cat', captions: ['a cat', 'the cat'] },
  { image_id: 2, caption: 'a dog', captions: ['two birds fly'], classes: ['own'] },
  { image_id: 3, caption: 'a fish' },
]
const tokenize = (captions: readonly string[]) => captions.map((text) => text.split(' '))
const plain = { tokenize, others: [], classes: undefined, scores: undefined }

t.test('captions are ranked by CIDEr-D', async (t) => {
  const { metric, ranked } = rankCaptions(predictions, plain)
  t.equal(metric, 'CIDEr-D')
  // Unigrams and bigrams are those of the first reference; of the second, one unigram of two: (2 + 0.5) / 4 / 2 * 10.
  near(t, ranked[0]!.score!, 3.125, 1e-9, 'CIDEr-D of a caption that one of two people wrote')
  t.equal(ranked[1]!.score, 0)
  t.equal(ranked[2]!.score, undefined, 'without references there is no score')
})

t.test('captions of other models go along, with their own scores', async (t) => {
  const other = { label: 'XE', captions: new Map([['1', 'the bird'], ['2', 'two birds fly']]) } // prettier-ignore
  const { ranked } = rankCaptions(predictions, { ...plain, others: [other] })
  t.match(ranked[0]!.others, [{ label: 'XE', caption: 'the bird' }])
  const [first, second] = ranked.map(({ others }) => others?.[0]?.score)
  t.ok(first! < ranked[0]!.score!, `${first} is worse than ${ranked[0]!.score}`)
  t.ok(second! > ranked[1]!.score!, `${second} is better than ${ranked[1]!.score}`)
  t.same(ranked[2]!.others, [])
})

t.test('regions have the names of the record, else those of the file', async (t) => {
  const classes = new Map([['1', ['dog']], ['2', ['boat']]]) // prettier-ignore
  const { ranked } = rankCaptions(predictions, { ...plain, classes })
  t.same(
    ranked.map(({ classes }) => classes),
    [['dog'], ['own'], undefined],
  )
})

t.test('scores from a file', async (t) => {
  const folder = t.testdir({
    'per.jsonl': '{"image_id":"2","caption":"a dog","BLEU-1":0.1,"CIDEr-D":0.25}\n',
    'bleu.jsonl': '{"image_id":3,"BLEU-1":0.5}\n',
    'none.jsonl': '{"image_id":2}\n',
  })
  const scores = await readImageScores(join(folder, 'per.jsonl'))
  const { metric, ranked } = rankCaptions(predictions, { ...plain, scores })
  t.equal(metric, 'CIDEr-D')
  t.same(ranked.map(({ score }) => score), [undefined, 0.25, undefined]) // prettier-ignore
  t.equal((await readImageScores(join(folder, 'bleu.jsonl'))).metric, 'BLEU-1')
  await t.rejects(readImageScores(join(folder, 'none.jsonl')), /none.jsonl: expected scores/)
})
