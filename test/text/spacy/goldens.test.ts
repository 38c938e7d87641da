/** Training tokens beside those of spaCy, on this project's own captions. */
import t from 'tap'
import { spacyTokenize } from '../../../lib/text/spacy/spacy.js'
import { goldenRows } from '../../metrics/own-goldens.js'

t.test('own captions are split as spaCy splits them', async (t) => {
  const rows = goldenRows<{ raw: string; tokens: string[] }>('spacy.jsonl')
  t.ok(rows.length > 400, `${rows.length} captions`)
  for (const { raw, tokens } of rows) {
    const found = spacyTokenize(raw.toLowerCase().replace(/\n+$/, ''))
    if (found.join('\0') !== tokens.join('\0')) t.same(found, tokens, raw)
  }
})
