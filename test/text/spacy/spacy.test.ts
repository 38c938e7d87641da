/** spaCy's tokens, against the golden files. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import t from 'tap'
import { captionTokens, punctuation, spacyTokenize } from '../../../lib/text/spacy/spacy.js'
import { shared, testReal } from '../../shared.js'

/** What spaCy 3.8 answers, blank between tokens; none of these holds a blank token. */
const measured = {
  'it\'s a "hand-made" sign, isn\'t it?': 'it \'s a " hand - made " sign , is n\'t it ?',
  "don't dont don’t can't cannot gonna": "do n't do nt do n’t ca n't can not gon na",
  'were well shed its ill she’ll shell': 'were well shed its ill she ’ll shell',
  'at 10am or 5p.m. on Jan. 5.': 'at 10 am or 5 p.m. on Jan. 5 .',
  'a 5km run, 30%, $20 and US$5': 'a 5 km run , 30 % , $ 20 and US$ 5',
  'the dog(brown)and/or cat...dog': 'the dog(brown)and / or cat ... dog',
  'a wall.the other': 'a wall.the other',
  'a wall.A dog': 'a wall . A dog',
  'see http://example.com/a,b (or www.example.com).': 'see http://example.com/a,b ( or www.example.com ) .',
  'mail a.b@example.org, 8.8.8.8:80 or 10.0.0.1.': 'mail a.b@example.org , 8.8.8.8:80 or 10.0.0.1 .',
  'smile :) or (smile:) or ):': 'smile :) or ( smile :) or ):',
  'two--three—four–five ~six~': 'two -- three — four – five ~six~',
  '7-eleven 3-4 a,b a/b a=b U.S.A. e.g. etc.': '7 - eleven 3 - 4 a , b a / b a = b U.S.A. e.g. etc .',
  "the kids' dog's 'quoted' o'clock": "the kids ' dog 's ' quoted ' o'clock",
  '-20°C. 5+5 2*3': '-20 ° C . 5 + 5 2 * 3',
  '🐶dog🐱 ☕': '🐶 dog 🐱 ☕',
  '。日本，犬': '。 日本，犬',
} satisfies Record<string, string>

t.test('splits as spaCy does', async (t) => {
  for (const [text, tokens] of Object.entries(measured)) t.same(spacyTokenize(text), tokens.split(' '), text)
})

t.test('spaces other than single blanks are tokens', async (t) => {
  t.same(spacyTokenize(' a  b\n c \t'), [' ', 'a', ' ', 'b', '\n ', 'c', '\t'])
  t.same(spacyTokenize('a b '), ['a', 'b'])
  t.same(spacyTokenize('a\u3000b\u0085c\x1cd'), ['a', '\u3000', 'b', '\u0085', 'c', '\x1c', 'd'])
  t.same(spacyTokenize(''), [])
})

t.test(
  'exceptions cut apart by their neighbours are joined again, unless a longer one is in the way',
  async (t) => {
    t.same(spacyTokenize("Bx this'll've(:):"), ['Bx', 'this', "'ll", "'ve", '(:', ')', ':'])
    t.same(spacyTokenize('foo:) )'), ['foo', ':', ')', ')'])
  },
)

t.test('a caption loses its case, its last newlines and its punctuation', async (t) => {
  t.same(captionTokens('A Dog, a CAT - and a "bird".\n'), [
    'a',
    'dog',
    'a',
    'cat',
    'and',
    'a',
    '"',
    'bird',
    '"',
  ])
  t.same(captionTokens('... ?! . -- ;'), [])
  t.same(captionTokens('\n'), [])
  t.same(captionTokens('a  b'), ['a', ' ', 'b'])
  t.ok(punctuation.has('-LRB-'))
})

const golden = shared('goldens', 'text', 'spacy-3.8-tokens.jsonl.gz')
testReal(t, [golden], 'every golden caption of COCO is exact', async (t) => {
  const lines = gunzipSync(readFileSync(golden ?? ''))
    .toString()
    .trim()
    .split('\n')
  t.equal(lines.length, 4532)
  for (const line of lines) {
    const { raw, tokens }: { raw: string; tokens: string[] } = JSON.parse(line)
    const got = captionTokens(raw)
    if (got.join('\0') !== tokens.join('\0')) t.same(got, tokens, raw)
  }
})

const pieces = fc.oneof(
  fc.constantFrom(
    "n't",
    "'s",
    '’',
    ':)',
    '(:',
    '...',
    '--',
    '.',
    ',',
    '@',
    '://',
    'a.com',
    '$',
    '5',
    'km',
    ' ',
    '  ',
    '\n',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
  fc.stringMatching(/^[ -~]{0,8}$/),
)
const nasty = fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join(''))

t.test('nothing but single blanks is lost, and no token is empty', async () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const tokens = spacyTokenize(text)
      let rest = text
      for (const token of tokens) {
        if (token === '') return false
        if (!rest.startsWith(token)) rest = rest.replace(/^ /, '')
        if (!rest.startsWith(token)) return false
        rest = rest.slice(token.length)
      }
      return rest === '' || rest === ' '
    }),
    { numRuns: 2000 },
  )
})

t.test('a text split before splits the same, whatever came between', async () => {
  fc.assert(
    fc.property(nasty, nasty, (text, other) => {
      const first = spacyTokenize(text).join('\0')
      spacyTokenize(other)
      first.split('\0').pop() // the caller's list is its own
      return spacyTokenize(text).join('\0') === first
    }),
  )
})

t.test('more different words than the cache holds', async (t) => {
  const words = Array.from({ length: 70_000 }, (_, i) => `word${i}`)
  t.same(spacyTokenize(words.join(' ')), words)
  t.same(spacyTokenize("word1, it's"), ['word1', ',', 'it', "'s"])
})

t.test('long words take linear time', async (t) => {
  // Quadratic work would take minutes here; tap's limit ends it.
  for (const unit of [')', '@', ':', 'a.', "'s", ':)', 'http://', '😀', ': )', 'a\n', '\ud83d'])
    t.equal(
      spacyTokenize(unit.repeat(100_000)).join('').replaceAll(' ', ''),
      unit.repeat(100_000).replaceAll(' ', ''),
    )
})

t.test('a word of millions of letters, where captions of that length are allowed', async (t) => {
  const word = 'a'.repeat(3_000_000)
  t.throws(() => captionTokens(word), { name: 'DataError', message: /more than 20000 characters is refused/ })
  process.env['M2_MAX_CAPTION'] = '10M'
  t.teardown(() => delete process.env['M2_MAX_CAPTION'])
  const tokens = captionTokens(`${word} ${word}.com  b`)
  t.same(
    tokens.map(({ length }) => length),
    [3_000_000, 3_000_004, 1, 1],
  )
})
