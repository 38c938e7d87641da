import * as fc from 'fast-check'
import t from 'tap'
import { normalise } from '../../../lib/metrics/meteor/normalise.js'

const prefixes = { always: new Set(['Mr', 'St']), numeric: new Set(['No']) }

// What the jar's -norm makes of these lines.
const lines = [
  ['a man riding a wave', 'a man riding a wave'],
  ['A Man, Riding!', 'a man , riding !'],
  ["the dog 's don't 80's o'clock", "the dog ' s don 't 80 's o 'clock"],
  ['a t-shirt x--y 3-4 -', 'a t shirt x y 3 4 -'],
  ['U.S. p.m. 1.a. 5.5. Mr. X St. end.', 'us pm 1a 5.5 . mr. x st. end .'],
  ['No. 5 No. a No.', 'no. 5 no. a no .'],
  ['1,000 a,b 1,a b,2 ... a..b', '1,000 a , b 1 , a b , 2 ... a .. b'],
  ["\u201chi\u201d `x' \u2018y\u2019 z''", "\" hi \" ' x ' ' y ' z \""],
  ['1\u00a01/2 \u2013 caf\u00e9 \ud83d\ude00x', '1 1 / 2 - caf\u00e9 \ud83d\ude00 x'],
  ['\u017f\u0400\u1d00 \u052f', '\u017f \u0450\u1d00 \u052f'],
  ['', ''],
  ['   ', ''],
  ['a \v b', 'a \v b'],
] as const

t.test('lines are normalised as the jar does', async (t) => {
  for (const [line, expected] of lines) t.equal(normalise(line, prefixes), expected, JSON.stringify(line))
})

t.test('plain lines pass through as the rules would leave them', async (t) => {
  const plain = fc.array(fc.stringMatching(/^[a-z0-9]{1,6}$/), { maxLength: 8 })
  fc.assert(
    fc.property(
      plain,
      (words) => normalise(` ${words.join(' ')} `, prefixes) === normalise(words.join(' '), prefixes),
    ),
  )
  t.pass()
})

t.test('no line throws, and no blanks are left at its ends', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (line) => {
      const text = normalise(line, prefixes)
      return !/^ | $| {2}/.test(text)
    }),
    { numRuns: 500 },
  )
  t.pass()
})
