import t from 'tap'
import { helpOf } from '../../lib/cli/help.js'
import { parseWords } from '../../lib/cli/parser.js'
import { loadStage } from '../../lib/stages/index.js'

t.test('the help of score', async (t) => {
  const stage = await loadStage('score')
  const help = await helpOf(stage)
  t.notMatch(help, /\[(?:string|boolean|array|number)\]/, 'has no kinds of options, which say nothing')
  t.match(help, /--merge .*\[FILE\.\.\.\]/, 'an option that takes several')
  t.match(help, /--seed .*\[N, default 0\]/, 'and a default')
  for (const [name] of Object.entries(stage.options ?? {}))
    t.match(help, new RegExp(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}\\b`), name)
})

t.test('values stay as they were written', async (t) => {
  const stage = await loadStage('score')
  const parsed = parseWords(stage, ['--by', '1e3', '--seed', '007', '--merge', '1', '2'])
  t.match(parsed, { by: '1e3', seed: '007', merge: ['1', '2'] })
})

t.test('a command line that does not fit is refused in words', async (t) => {
  const stage = await loadStage('score')
  t.throws(() => parseWords(stage, ['--seed']), { message: '--seed needs a value' })
  t.throws(() => parseWords(stage, ['--merge', '--intersect']), { message: '--merge needs a value' })
  t.throws(() => parseWords(stage, ['--intersct']), {
    message: /^unknown option --intersct\. .*--intersect\?/,
  })
})
