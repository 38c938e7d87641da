/** JSON that would be changed silently when it is written again. */
import * as fc from 'fast-check'
import t from 'tap'
import { parseJson } from '../../lib/formats/json.js'

t.test('any value of JSON.stringify is read as it is', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      return JSON.stringify(parseJson(text)) === text
    }),
  )
})

t.test('integers beyond 2^53 keep their digits', async (t) => {
  const text =
    '{"id":12345678901234567891,"a":[-9007199254740993,9007199254740992],"b":"9007199254740993, \\\\"}'
  t.strictSame(parseJson(text), {
    id: '12345678901234567891',
    a: ['-9007199254740993', 9007199254740992],
    b: '9007199254740993, \\',
  })
  t.strictSame(
    parseJson('[0.1234567890123456,1.7976931348623157e308,123e100]'),
    [0.1234567890123456, 1.7976931348623157e308, 123e100],
  )
})

t.test('what would come back as null is refused', async (t) => {
  for (const number of ['1e999', '-1e999', '1E+400', '9'.repeat(400), '1e00999'])
    t.throws(() => parseJson(`{"a":[${number}]}`), { message: /is too large for a double/ }, number)
  t.strictSame(parseJson('"1e999"'), '1e999')
})

t.test('deep nesting is refused, but not long lists', async (t) => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  t.throws(() => parseJson(nested(100_000)), { message: 'nested deeper than 1000 levels' })
  t.throws(() => parseJson(nested(1001)), { message: 'nested deeper than 1000 levels' })
  t.equal(JSON.stringify(parseJson(nested(999))), nested(999))
  t.equal((parseJson(`[${'[],'.repeat(100_000)}1]`) as unknown[]).length, 100_001)
})
