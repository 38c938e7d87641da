import t from 'tap'
import { helpOf, stageParser } from '../lib/parser.js'
import { loadStage } from '../lib/stages/index.js'

t.test('the help of score', async (t) => {
  const stage = await loadStage('score')
  const help = await helpOf(await stageParser(stage, ['--help']))
  t.notMatch(help, /\[(?:string|boolean|array|number)\]/, 'has no kinds of options, which say nothing')
  t.match(help, /--merge .*\[FILE\.\.\.\]/, 'an option that takes several')
  t.match(help, /--seed .*\[N, default 0\]/, 'and a default')
  for (const [name] of Object.entries(stage.options ?? {}))
    t.match(help, new RegExp(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}\\b`), name)
})

t.test('values stay as they were written', async (t) => {
  const stage = await loadStage('score')
  const parsed = await (
    await stageParser(stage, ['--by', '1e3', '--seed', '007', '--merge', '1', '2'])
  ).parseAsync()
  t.match(parsed, { by: '1e3', seed: '007', merge: ['1', '2'] })
})
