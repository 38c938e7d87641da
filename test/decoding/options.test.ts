import t from 'tap'
import { checkDecodeOptions, decodeOptions, type DecodeOptions } from '../../lib/decoding/options.js'
import { resolveOptions } from '../../lib/options.js'

/** Checks options as the command line gives them. */
const check = (given: Record<string, unknown>, environment = {}) =>
  checkDecodeOptions(
    resolveOptions(decodeOptions, { model: 'runs/m2', ...given }, environment, {}) as DecodeOptions, // as declared
  )

t.test('options that would do nothing are refused', async (t) => {
  const refused: [Record<string, unknown>, RegExp][] = [
    [{ temperature: 2 }, /^--temperature does nothing without --sample/],
    [{ 'top-k': 3 }, /^--top-k does nothing without --sample/],
    [{ 'top-p': 1 }, /^--top-p does nothing without --sample/],
    [{ seed: 3 }, /^--seed does nothing without --sample/],
    [{ diversity: 0.5 }, /^--diversity does nothing without --diverse N/],
    [{ diversity: 0.5, diverse: 1 }, /^--diversity does nothing without --diverse N/],
    [{ sample: true, 'length-penalty': 2 }, /^--length-penalty does nothing with --sample/],
    [{ sample: true, beam: 7 }, /^--beam does nothing with --sample/],
    [{ sample: true, diverse: 3 }, /^--diverse does nothing with --sample/],
    [{ sample: true, diversity: 1 }, /^--diversity does nothing with --sample/],
  ]
  for (const [given, message] of refused) t.throws(() => check(given), { name: 'UsageError', message })
  t.throws(() => check({}, { M2_TEMPERATURE: '2' }), /--temperature does nothing/, 'by variable, too')
})

t.test('options that do something, and none, are not', async (t) => {
  for (const given of [
    {},
    { beam: 5, 'length-penalty': -1, 'min-length': 3 },
    { diverse: 5, diversity: 0.2 },
    { sample: true, temperature: 0.5, 'top-k': 5, 'top-p': 0.5, seed: 9, 'n-best': 3, 'min-length': 2 },
  ])
    t.doesNotThrow(() => check(given), JSON.stringify(given))
})
