import * as fc from 'fast-check'
import t from 'tap'
import { compareScores } from '../../lib/metrics/compare.js'
import { junitReport } from '../../lib/formats/junit.js'

const signature = 'BLEU-4|tok:ptb|version:1.0.0'
const record = (score: number | null) => ({ metric: 'BLEU-4', score, n: 10, signature })
const options = { tolerance: 0.01, strictSignature: false }

const value = fc.double({ min: 0, max: 10, noNaN: true })

t.test('a score may rise, and fall by the tolerance', (t) => {
  fc.assert(
    fc.property(value, value, (score, baseline) => {
      const { ok, delta } = compareScores(record(score), { ...record(0), score: baseline }, options)
      return delta === score - baseline && ok === score - baseline >= -0.01
    }),
  )
  t.end()
})

t.test("a baseline's own tolerance wins", (t) => {
  t.ok(compareScores(record(0.5), { ...record(0), score: 0.6, tolerance: 0.2 }, options).ok)
  t.notOk(compareScores(record(0.5), { ...record(0), score: 0.505, tolerance: 0 }, options).ok)
  t.end()
})

t.test('signatures are compared without the version', (t) => {
  const strict = { ...options, strictSignature: true }
  const baseline = { ...record(0), score: 0.5 }
  t.strictSame(
    compareScores(record(0.5), { ...baseline, signature: 'BLEU-4|tok:ptb|version:0.9.0' }, strict),
    {
      baseline: 0.5,
      delta: 0,
      ok: true,
    },
  )
  const other = { ...baseline, signature: 'BLEU-4|tok:none|version:1.0.0' }
  t.match(compareScores(record(0.5), other, options), {
    ok: false,
    comparable: false,
    reason: 'not comparable: tok:ptb against none',
  })
  t.match(compareScores(record(0.5), other, { ...options, anySignature: true }), {
    ok: true,
    reason: /^signature .*tok:none/,
  })
  t.match(compareScores(record(0.5), other, strict), { ok: false, reason: /tok:ptb against none/ })
  t.match(compareScores(record(0.5), { ...baseline, n: 5 }, strict), {
    ok: false,
    reason: '10 images against 5',
  })
  t.end()
})

t.test('what changes the number keeps scores from being compared', (t) => {
  const own =
    'METEOR|tok:ptb|repeats:dropped|meteor:1.5|modules:exact+stem|function-words:none|eos:none|version:1'
  const compare = (signature: string) =>
    compareScores({ ...record(0.5), signature: own }, { ...record(0), score: 0.5, signature }, options)
  const others = [
    ['modules:exact+stem', 'modules:exact+stem+synonym+paraphrase'],
    ['|function-words:none', ''],
    ['repeats:dropped', 'repeats:kept'],
    ['eos:none', 'eos:append'],
    ['eos:none', 'df:corpus|eos:none'],
  ] as const
  for (const [from, to] of others)
    t.match(compare(own.replace(from, to)), { ok: false, comparable: false, reason: /^not comparable: / }, to)
  for (const [from, to] of [
    ['version:1', 'version:2'],
    ['tok:ptb', 'tok:ptb|breaks:blank:3'],
    ['eos', 'jar:1234|eos'],
  ] as const)
    t.match(compare(own.replace(from, to)), { ok: true }, to)
  t.end()
})

t.test('no number fails, no baseline passes', (t) => {
  t.match(compareScores(record(null), { ...record(0), score: 0.5 }, options), { ok: false, delta: null })
  t.notOk(compareScores(record(NaN), { ...record(0), score: 0.5 }, options).ok)
  t.match(compareScores(record(0.5), undefined, options), { ok: true, baseline: null })
  t.end()
})

t.test('JUnit XML holds any name and message', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, failure) => {
      const xml = junitReport('m2 <"&> suite', [{ name, failure }, { name }])
      const attribute = '"[^"<>]*"'
      const shape = new RegExp(
        `^<\\?xml version="1.0" encoding="UTF-8"\\?>\n<testsuites tests="2" failures="1" errors="0">\n` +
          `  <testsuite name=${attribute} tests="2" failures="1" errors="0">\n` +
          `    <testcase classname=${attribute} name=${attribute}>\n      <failure message=${attribute}/>\n    </testcase>\n` +
          `    <testcase classname=${attribute} name=${attribute}/>\n  </testsuite>\n</testsuites>\n$`,
      )
      const legal = /^[\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u
      return shape.test(xml) && legal.test(xml) && !/&(?!#\d+;)/.test(xml)
    }),
  )
  t.match(
    junitReport('s', [{ name: `a & <b> "c" 'd'\n` }]),
    'a &#38; &#60;b&#62; &#34;c&#34; &#39;d&#39;&#10;',
  )
  t.end()
})
