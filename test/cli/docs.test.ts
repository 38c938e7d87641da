import { readFileSync } from 'node:fs'
import t from 'tap'
import { commandReference } from '../../lib/cli/docs.js'
import { loadStage, stages } from '../../lib/stages/index.js'

t.test('docs/cli.md says what the stages declare', async (t) => {
  t.equal(readFileSync('docs/cli.md', 'utf8'), await commandReference(), 'make docs brings it up to date')
})

t.test('every stage is registered under its own name', async (t) => {
  for (const name of Object.keys(stages)) t.equal((await loadStage(name)).name, name)
})
