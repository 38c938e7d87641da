/** Options as a command line. */
import t from 'tap'
import { commandOf } from '../../lib/report/command.js'

t.test('options that were given, quoted for a shell', async (t) => {
  const declared = { out: { describe: '' }, title: { describe: '', default: 'x' }, show: { describe: '' }, scores: { describe: '' }, allowEmpty: { describe: '' }, log: { describe: '' } } // prettier-ignore
  const given = { out: "it's", title: 'x', show: 12, scores: ['XE=a.jsonl', 'b c'], allowEmpty: true, log: undefined } // prettier-ignore
  t.equal(
    commandOf('report', given, declared),
    `m2 report --out 'it'\\''s' --show 12 --scores XE=a.jsonl 'b c' --allow-empty`,
  )
  t.equal(commandOf('report', { title: '$(rm -rf .)', allowEmpty: false }, declared), "m2 report --title '$(rm -rf .)'") // prettier-ignore
})
