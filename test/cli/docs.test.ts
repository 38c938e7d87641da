import { existsSync, readFileSync, readdirSync } from 'node:fs'
import t from 'tap'
import { commandReference } from '../../lib/cli/docs.js'
import { loadStage, stages } from '../../lib/stages/index.js'

t.test('docs/cli.md says what the stages declare', async (t) => {
  t.equal(readFileSync('docs/cli.md', 'utf8'), await commandReference(), 'make docs brings it up to date')
})

t.test('every stage is registered under its own name', async (t) => {
  for (const name of Object.keys(stages)) t.equal((await loadStage(name)).name, name)
})

t.test('files that the documentation names exist', async (t) => {
  const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync('docs').map((page) => `docs/${page}`)]
  for (const page of pages) {
    const named = readFileSync(page, 'utf8').matchAll(/[(`]((?:lib|test|bin|pipelines|docs)\/[\w./-]+)[)`]/g)
    const missing = [...new Set([...named].map(([, path]) => path!))].filter(
      (path) => !path.includes('NAME') && !existsSync(path),
    )
    t.same(missing, [], page)
  }
})

t.test('long help is sorted into groups', async (t) => {
  for (const name of Object.keys(stages)) {
    const { options = {} } = await loadStage(name)
    if (Object.keys(options).length <= 12) continue
    const ungrouped = Object.entries(options).filter(([, { group }]) => group === undefined)
    t.same(
      ungrouped.map(([option]) => option),
      [],
      `${name}: options without a group`,
    )
  }
})
