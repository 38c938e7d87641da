/** PTB tokens beside those of Stanford's tokenizer, on this project's own captions. */
import t from 'tap'
import { ptbLines, ptbTokenizeWithPunctuation } from '../../../lib/text/ptb/ptb.js'
import { goldenImages, goldenRows } from '../../metrics/own-goldens.js'

const rows = goldenRows<{ raw: string; stream: string; before_x: string }>('ptb.jsonl')
const lines = (captions: string[]) => ptbTokenizeWithPunctuation(captions).map((tokens) => tokens.join(' '))

t.test('odd captions as one stream, with punctuation', async (t) => {
  const found = lines(rows.map(({ raw }) => raw))
  t.ok(rows.length > 150, `${rows.length} captions`)
  for (const [i, { raw, stream }] of rows.entries()) if (found[i] !== stream) t.equal(found[i], stream, raw)
})

t.test('each before a caption that begins with a small letter', async (t) => {
  const found = lines(rows.flatMap(({ raw }) => [raw, 'x x']))
  for (const [i, { raw, before_x: expected }] of rows.entries())
    if (found[2 * i] !== expected) t.equal(found[2 * i], expected, raw)
  t.equal(found.filter((line) => line === 'x x').length, rows.length, 'no line is shifted')
})

t.test('candidates and references as pycocoevalcap tokenises them', async (t) => {
  for (const set of [0, 1, 2])
    t.same(
      ptbLines(goldenImages.map(({ candidates }) => candidates[set]!)),
      goldenImages.map((image) => image.candidate_tokens[set]),
      `set ${set}`,
    )
  t.same(
    ptbLines(goldenImages.flatMap(({ references }) => references)),
    goldenImages.flatMap((image) => image.reference_tokens),
  )
})
