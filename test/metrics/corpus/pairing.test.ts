import t from 'tap'
import {
  collapseRepeats,
  countBreaks,
  noTokenizer,
  replaceHypotheses,
  tokenizePairs,
} from '../../../lib/metrics/corpus/items.js'
import { pairRecords, pairWithFile } from '../../../lib/metrics/corpus/pairing.js'
import { signatureOf } from '../../../lib/metrics/signature.js'

const image = (image_id: number | string, ...texts: string[]) => ({
  image_id,
  captions: texts.map((text) => ({ text })),
  fields: { domain: 'near-domain' },
})
const caption = (image_id: number | string, text: string) => ({ image_id, caption: text })

t.test('captions meet the references of their image, in the order of the references', async (t) => {
  const { pairs } = pairWithFile(
    [caption('2', 'two'), caption(1, 'one')],
    [image(1, 'eins', 'uno'), image(2, 'zwei'), image(3)],
    { file: 'refs.json', intersect: false },
  )
  t.same(
    pairs.map(({ caption, references, fields }) => [caption, references, fields['domain']]),
    [
      ['one', ['eins', 'uno'], 'near-domain'],
      ['two', ['zwei'], 'near-domain'],
    ],
  )
})

t.test('what only one side has is named and counted, or left out', async (t) => {
  const candidates = [caption(1, 'a'), caption(9, 'b'), caption(8, 'c')]
  const images = [image(1, 'a'), image(2, 'b')]
  t.throws(() => pairWithFile(candidates, images, { file: 'refs.json', intersect: false }), {
    message:
      '2 of 3 candidates (image 9, 8) have no references in refs.json; ' +
      '1 of 2 images of refs.json (image 2) has no candidate. --intersect scores the 1 images that both have',
  })
  const { pairs, withoutReferences, withoutCandidate } = pairWithFile(candidates, images, {
    file: 'refs.json',
    intersect: true,
  })
  t.same([pairs.length, withoutReferences, withoutCandidate], [1, 2, 1])
})

t.test('records bring their references along, as references or captions', async (t) => {
  const records = [
    { ...caption(1, 'a'), captions: ['x'], references: ['y'] },
    { ...caption(2, 'b'), captions: ['z'] },
  ]
  t.same(
    pairRecords(records, { intersect: false }).pairs.map(({ references }) => references),
    [['y'], ['z']],
  )
  const without = [...records, caption(3, 'c'), { ...caption(4, 'd'), captions: [] }]
  t.throws(
    () => pairRecords(without, { intersect: false }),
    /^2 of 4 records \(image 3, 4\) have no references/,
  )
  t.equal(pairRecords(without, { intersect: true }).pairs.length, 2)
})

t.test('own tokens are the references where they are wanted', async (t) => {
  const tokens = [['一', '只', '狗']]
  const options = { intersect: false, ownTokens: true }
  const { pairs } = pairRecords([{ ...caption(1, '一 只 狗'), captions: ['一只狗'], tokens }], options)
  t.match(pairs, [{ references: ['一 只 狗'], own: true }])
  const images = [{ ...image(1, '一只狗'), fields: { tokens } }]
  const file = { ...options, file: 'refs.jsonl' }
  t.match(pairWithFile([caption(1, '狗')], images, file).pairs, [{ references: ['一 只 狗'], own: true }])
  const plain = pairRecords([{ ...caption(1, '狗'), captions: ['一只狗'], tokens }], { intersect: false })
  t.match(plain.pairs, [{ references: ['一只狗'], own: false }])
})

t.test('captions become tokens, each image its own', async (t) => {
  const pairs = [
    { image_id: 1, caption: 'on a a table', references: ['x y', 'z'], own: false, fields: {} },
    { image_id: 2, caption: '', references: ['u\u2028v'], own: false, fields: {} },
  ]
  const items = tokenizePairs(pairs, true, noTokenizer)
  t.same(items, [
    { image_id: 1, hypothesis: ['on', 'a', 'table'], references: [['x', 'y'], ['z']] },
    { image_id: 2, hypothesis: [''], references: [['u\u2028v']] },
  ])
  t.equal(countBreaks(pairs), 1)
  t.equal(collapseRepeats('a a a b b a'), 'a b a')
  const reading = { source: 'o.json', dropRepeats: false, tokenizer: noTokenizer }
  const others = replaceHypotheses(items, [caption('2', 'two'), caption(1, 'one')], reading)
  t.same(
    others.map(({ hypothesis }) => hypothesis),
    [['one'], ['two']],
  )
  t.throws(
    () => replaceHypotheses(items, [caption(1, 'one')], reading),
    /o.json has no caption for 1 of 2 images \(2, ...\)/,
  )
})

t.test('a signature says what its metric depends on, and no more', async (t) => {
  const settings = {
    tokenizer: 'ptb',
    repeats: 'dropped',
    eos: 'none',
    breaks: 0,
    frequencies: 'corpus',
    meteor: 'modules:exact+stem',
    version: '1.2.3',
  } as const
  t.equal(signatureOf('BLEU-4', settings), 'BLEU-4|tok:ptb|repeats:dropped|eos:none|version:1.2.3')
  t.equal(
    signatureOf('CIDEr-D', { ...settings, breaks: 2 }),
    'CIDEr-D|tok:ptb|breaks:blank:2|repeats:dropped|df:corpus|eos:none|version:1.2.3',
  )
  t.equal(
    signatureOf('METEOR', settings),
    'METEOR|tok:ptb|repeats:dropped|modules:exact+stem|eos:none|version:1.2.3',
  )
})
