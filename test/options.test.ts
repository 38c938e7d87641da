import fc from 'fast-check'
import t from 'tap'
import { UsageError } from '../lib/errors.js'
import { flagOf, resolveOptions, suggest, valueName, variableOf, type Options } from '../lib/options.js'

const options = {
  minFreq: { type: 'integer', min: 1, max: 100, default: 5, describe: 'a count' },
  rate: { type: 'number', describe: 'a number' },
  tokenizer: { choices: ['spacy', 'ptb'], default: 'spacy', describe: 'rules' },
  ids: { many: true, describe: 'files' },
  model: { many: 'comma', describe: 'folders' },
  quiet: { type: 'boolean', describe: 'less' },
} as const satisfies Options

const resolve = (given: Record<string, unknown>, environment = {}, config = {}) =>
  resolveOptions(options, given, environment, config)

t.test('flags win over variables, those over the configuration, that over defaults', async (t) => {
  t.match(resolve({}), { minFreq: 5, tokenizer: 'spacy', quiet: false, rate: undefined })
  t.equal(resolve({}, {}, { 'min-freq': 2 })['minFreq'], 2)
  t.equal(resolve({}, { M2_MIN_FREQ: '3' }, { minFreq: 2 })['minFreq'], 3)
  t.equal(resolve({ 'min-freq': '4' }, { M2_MIN_FREQ: '3' }, { minFreq: 2 })['minFreq'], 4)
  t.equal(resolve({ 'no-quiet': true }, { M2_QUIET: '1' })['quiet'], false)
})

t.test('values are checked in one place, and the message says what was expected and what came', async (t) => {
  const fails: [Record<string, unknown>, RegExp][] = [
    [{ 'min-freq': 'abc' }, /--min-freq: expected an integer from 1 to 100, got "abc"/],
    [{ 'min-freq': '0' }, /from 1 to 100, got "0"/],
    [{ 'min-freq': '1.5' }, /an integer/],
    [{ 'min-freq': '' }, /--min-freq is empty/],
    [{ rate: 'Infinity' }, /expected a number/],
    [{ rate: NaN }, /expected a number/],
    [{ tokenizer: 'ptbb' }, /expected spacy, ptb; got "ptbb". Did you mean ptb\?/],
    [{ model: 'a,,b' }, /--model is empty/],
  ]
  for (const [given, message] of fails) t.throws(() => resolve(given), message, JSON.stringify(given))
  t.throws(() => resolve({}, { M2_RATE: 'x' }), /M2_RATE: expected a number/)
  t.throws(
    () => resolveOptions({ out: { required: true, describe: 'where to' } }, {}, {}, {}),
    /--out is needed: where to/,
  )
})

t.test('of an option given twice, the last one wins', async (t) => {
  t.equal(resolve({ 'min-freq': ['3', '4'] })['minFreq'], 4)
  t.throws(() => resolve({ 'min-freq': ['3', 'four'] }), /--min-freq: .* got "four"/)
})

t.test('lists: words of one flag, or one word with commas', async (t) => {
  t.same(resolve({ ids: ['a,b', 'c'] })['ids'], ['a,b', 'c'])
  t.same(resolve({ model: 'a,b' })['model'], ['a', 'b'])
})

t.test('no text makes a number option anything but a number in range or a UsageError', async () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        const value = resolve({ 'min-freq': text })['minFreq']
        return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100
      } catch (error) {
        return error instanceof UsageError
      }
    }),
  )
})

t.test('names', async (t) => {
  t.equal(flagOf('minFreq'), 'min-freq')
  t.equal(variableOf('minFreq'), 'M2_MIN_FREQ')
  t.equal(suggest('min-frq', ['min-freq', 'rate'], '--'), ' Did you mean --min-freq?')
  t.equal(suggest('zzzzzz', ['min-freq', 'rate']), '')
})

t.test('a name that begins another one is taken for it', async (t) => {
  t.equal(suggest('lim', ['ids', 'limit'], '--'), ' Did you mean --limit?')
  t.equal(suggest('capt', ['captions', 'compare']), ' Did you mean captions?')
  t.equal(suggest('li', ['limit-of-images']), '', 'two letters begin too many')
})

t.test('an argument is called by what stands for it in the help', async (t) => {
  t.throws(
    () => resolveOptions({ what: { choices: ['a'], describe: 'one' } }, { what: 'b' }, {}, {}, valueName),
    /^WHAT: expected a; got "b"/,
  )
})
