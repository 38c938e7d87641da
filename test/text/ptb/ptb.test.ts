/** Penn Treebank tokens, against the golden files. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import t from 'tap'
import { createLexer } from '../../../lib/text/ptb/lexer.js'
import { ptbRules } from '../../../lib/text/ptb/rules.js'
import {
  ptbLines,
  ptbTokenize,
  ptbTokenizeStream,
  ptbTokenizeWithPunctuation,
} from '../../../lib/text/ptb/ptb.js'
import { shared, testReal } from '../../shared.js'

const golden = (name: string) => shared('goldens', 'text', name)
const pairsFile = golden('ptb-pairs.jsonl')
const lexerPairsFile = golden('ptb-lexer-pairs-with-punct.jsonl')
const rawFile = golden('ptb-val_raw.txt.gz')
const tokenizedFile = golden('ptb-val_tok.txt.gz')
const demoFile = golden('fakecap-tokenised.json')
const resultsFile = shared('data', 'results', 'results-fakecap.json')
const edgeFile = golden('ptb_edge_golden.json')

/** A caption between others that begin with a small letter, so that nothing in it ends a sentence by chance. */
const tokensOf = (caption: string, next = 'x x') =>
  (ptbTokenizeWithPunctuation([caption, next])[0] ?? []).join(' ')

t.test('splits clitics, negations and words that are two', (t) => {
  t.equal(tokensOf("It's a dog's life; they've gone."), "it 's a dog 's life ; they 've gone .")
  t.equal(tokensOf("don't WON'T cannot gonna gimme 'twas"), "do n't wo n't can not gon na gim me 't was")
  t.equal(
    tokensOf("o'clock 'em '80s rock 'n' roll ma'am O'Brien"),
    "o'clock 'em '80s rock 'n' roll ma'am o'brien",
  )
  t.end()
})

t.test('keeps the dots of abbreviations and acronyms', (t) => {
  t.equal(tokensOf('St. Ave. vs. U.S. p.m. Ph.D. x'), 'st. ave. vs. u.s. p.m. ph.d. x')
  t.equal(tokensOf('no. 5 and no. six'), 'no. 5 and no . six')
  t.equal(tokensOf('miss. Miss. x'), 'miss . miss. x')
  t.end()
})

t.test('lets the next caption decide whether an abbreviation ended a sentence', (t) => {
  t.equal(tokensOf('Acme Inc.', 'the dog'), 'acme inc.')
  t.equal(tokensOf('Acme Inc.', 'The dog'), 'acme inc. .')
  t.equal(tokensOf('plan B.', 'a dog'), 'plan b.')
  t.equal(tokensOf('plan B.', 'A dog'), 'plan b .')
  t.equal(tokensOf('in the U.S.', 'Dogs run'), 'in the u.s.')
  t.equal(tokensOf('in the U.S.', 'Some run'), 'in the u.s. .')
  t.strictSame(ptbTokenize(['Acme Inc.', '', '  ', 'The dog']), [['acme', 'inc.'], [], [], ['the', 'dog']])
  t.strictSame(
    ptbTokenizeWithPunctuation(['in the U.S.', 'The']),
    [['in', 'the', 'u.s.'], ['the']],
    'no blank after The',
  )
  t.end()
})

t.test('writes quotes, brackets, money and fractions as the Treebank does', (t) => {
  t.equal(
    tokensOf('a "stop" sign (red) [x] $5 £5 €5 5¢'),
    "a `` stop '' sign -lrb- red -rrb- -lsb- x -rsb- $ 5 # 5 $ 5 5 cents",
  )
  t.equal(tokensOf('1 1/2 pizzas, ½ cup'), '1\u00A01/2 pizzas , 1/2 cup')
  t.equal(tokensOf('a -- b --- c … d....'), 'a -- b -- c ... d. ...')
  t.equal(
    tokensOf('&amp; <b>bold</b> :) http://x.com/a. me@x.org'),
    '& <b> bold </b> :-rrb- http://x.com/a . me@x.org',
  )
  t.end()
})

t.test('takes typographic quotes two at a time', (t) => {
  t.equal(tokensOf('“a” ‘b’ «c» ‘’ “‟'), "`` a '' ` b ' `` c '' `' ``‟")
  t.equal(tokensOf('V›Fa n’ear'), "v ' fa n’ear")
  t.end()
})

t.test('removes punctuation, but neither brackets nor runs of marks', (t) => {
  t.strictSame(ptbTokenize(['"Wow!!!" (a man) - on; the: bike... now?']), [
    ['wow', '!!!', '-lrb-', 'a', 'man', '-rrb-', 'on', 'the', 'bike', 'now'],
  ])
  t.strictSame(ptbLines(['A man, riding.', ' . ', '']), ['a man riding', '', ''])
  t.end()
})

t.test('keeps a caption on its line', (t) => {
  t.strictSame(ptbTokenize(['a\rb\nc\u2028d\u2029e\vf\fg\u0085h', 'i']), [[...'abcdefgh'], ['i']])
  t.end()
})

testReal(t, [pairsFile], 'COCO pairs', (t) => {
  const pairs = jsonLines(pairsFile ?? '')
  const lines = ptbLines(pairs.map(({ raw }) => raw))
  t.strictSame(
    pairs.filter(({ ptb }, index) => lines[index] !== ptb),
    [],
  )
  t.equal(pairs.length, 6005)
  t.end()
})

testReal(t, [demoFile, resultsFile], 'the official demo', (t) => {
  const demo: { image_id: number; test: string }[] = JSON.parse(readFileSync(demoFile ?? '', 'utf8'))
  const results: { image_id: number; caption: string }[] = JSON.parse(readFileSync(resultsFile ?? '', 'utf8'))
  const captions = new Map(results.map(({ image_id, caption }) => [image_id, caption]))
  t.strictSame(
    ptbLines(demo.map(({ image_id }) => captions.get(image_id) ?? '')),
    demo.map(({ test }) => test),
  )
  t.equal(demo.length, 1000)
  t.end()
})

testReal(t, [lexerPairsFile], 'COCO pairs before punctuation is removed', (t) => {
  const pairs = jsonLines(lexerPairsFile ?? '')
  const lines = ptbTokenizeWithPunctuation(pairs.map(({ raw }) => raw)).map((tokens) => tokens.join(' '))
  t.strictSame(
    pairs.filter(({ ptb }, index) => lines[index] !== ptb),
    [],
  )
  t.equal(pairs.length, 20244)
  t.end()
})

testReal(t, [rawFile, tokenizedFile], '25,014 captions as one stream', async (t) => {
  const [raw, tokenized] = [rawFile, tokenizedFile].map((file) =>
    gunzipSync(readFileSync(file ?? ''))
      .toString()
      .replace(/\n$/, '')
      .split('\n'),
  )
  const lines = ptbTokenizeWithPunctuation(raw ?? []).map((tokens) => tokens.join(' '))
  t.equal(lines.length, 25014)
  t.strictSame(
    lines.filter((line, index) => line !== tokenized?.[index]),
    [],
  )
  const groups = Array.from(
    { length: Math.ceil(lines.length / 5) },
    (_, i) => raw?.slice(5 * i, 5 * i + 5) ?? [],
  )
  t.strictSame(await streamed(groups), ptbTokenize(raw ?? []), 'the same in groups of five')
  t.end()
})

testReal(t, [edgeFile], 'edge cases, before a newline and at the end of the input', (t) => {
  const cases: Record<string, [string, string]> = JSON.parse(readFileSync(edgeFile ?? '', 'utf8'))
  for (const [raw, expected] of Object.entries(cases)) {
    const spaced = expected.map((line) => line.replaceAll('\u00A0', ' '))
    const got = [tokensOf(raw, 'x x'), ptbTokenizeWithPunctuation([raw])[0]?.join(' ') ?? '']
    t.strictSame(
      got.map((line) => line.replaceAll('\u00A0', ' ')),
      spaced,
      JSON.stringify(raw),
    )
  }
  t.end()
})

const pieces = [
  ...'.,;:!?\'"`-_/\\()[]{}<>@#$%^&*+=|~ 5aX\t\n',
  ..."... -- 's n't 'll man Dog The cannot gonna more'n 'tis d' o' 1999 555 1/2 3.5 U.S. Mr. etc. no. a.m.".split(
    ' ',
  ),
  ...'http:// .com a@b @x #tag :) <b> &amp; &apos; é É ’ “ — ½ € 😀 \u00AD t-shirt AT&T'.split(' '),
  '\u00A0',
  '\u2028',
  '  ',
]
const nasty = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 3 })), {
  maxLength: 12,
})
const captions = fc.array(
  nasty.map((parts) => parts.join('')),
  { maxLength: 8 },
)

t.test('no input throws, shifts a line or yields an empty token', (t) => {
  fc.assert(
    fc.property(captions, (captions) => {
      const lines = ptbTokenizeWithPunctuation(captions)
      return (
        lines.length === captions.length &&
        lines.flat().every((token) => token !== '' && !/[ \n]/.test(token))
      )
    }),
    { numRuns: 2000 },
  )
  t.end()
})

t.test('the memory of words changes nothing', (t) => {
  const lexer = createLexer(ptbRules)
  fc.assert(
    fc.property(nasty, (parts) => {
      const text = parts.join(' ').replace(/[\n\u2028]/g, ' ')
      const scan = lexer(text)
      const tokens: string[] = []
      for (let at = 0; at < text.length;) {
        const lexeme = scan(at)
        if (!lexeme) {
          at++
          continue
        }
        const matched = text.slice(at, lexeme.end)
        const token = lexeme.rule.token ? lexeme.rule.token(matched) : matched
        if (token !== undefined) tokens.push(token.toLowerCase())
        at = lexeme.end - lexeme.rule.back
      }
      return ptbTokenizeWithPunctuation([text])[0]?.join('\n') === tokens.join('\n')
    }),
    { numRuns: 2000 },
  )
  t.end()
})

t.test('a stream in groups of any size gives what all at once gives', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(captions, { maxLength: 6 }), async (groups) => {
      t.strictSame(await streamed(groups), ptbTokenize(groups.flat()))
    }),
    { numRuns: 300 },
  )
})

t.test('a stream holds back no more than it must', async (t) => {
  let read = 0
  async function* groups() {
    for (; read < 1000; read++) yield ['A dog.', 'A cat.']
  }
  for await (const _ of ptbTokenizeStream(groups(), (group) => group)) {
    t.ok(read <= 3, `the first group after ${read}`)
    break
  }
})

t.test('long lines of what looks like the beginning of something', (t) => {
  process.env['M2_MAX_CAPTION'] = '1M'
  t.teardown(() => delete process.env['M2_MAX_CAPTION'])
  for (const piece of [
    '<',
    '<a ',
    "<a b='",
    '(',
    '5 ',
    '.',
    '. ',
    'a.',
    "'",
    'http://',
    'a@',
    '-',
    'a-',
    'x.',
    '&',
    '1/',
    '"',
  ])
    t.ok((ptbTokenizeWithPunctuation([piece.repeat(10_000)])[0]?.length ?? 0) > 0, piece)
  t.end()
})

t.test('a caption longer than captions are is refused', async (t) => {
  const message =
    'the caption "((((((((((((((((((((((((((((((((((((((((...": a length of more than 20000 characters is refused. ' +
    'M2_MAX_CAPTION raises this bound'
  t.throws(() => ptbTokenize(['a man', '('.repeat(20_001)]), { name: 'DataError', message })
  t.equal(ptbTokenize(['('.repeat(20_000)])[0]?.length, 20_000)
})

function jsonLines(file: string): { raw: string; ptb: string }[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

async function streamed(groups: readonly (readonly string[])[]): Promise<string[][]> {
  async function* source() {
    yield* groups
  }
  const lines: string[][] = []
  for await (const [, tokens] of ptbTokenizeStream(source(), (group) => group)) lines.push(...tokens)
  return lines
}
