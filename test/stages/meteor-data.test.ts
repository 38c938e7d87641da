import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import meteorData from '../../lib/stages/meteor-data.js'
import { smallData, smallParaphrases, tableOf, writeFiles } from '../metrics/meteor/data.js'
import { collect, listen, stream } from './collect.js'

async function setUp(from: string, out: string) {
  const { context, said } = listen('meteor-data')
  const records = await collect(meteorData.run(stream([]), { from, out }, context))
  return { records, said }
}

t.test('data is copied, indexed and named', async (t) => {
  const folder = t.testdir()
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache')
  const from = writeFiles(join(folder, 'from'), {
    ...smallData,
    'paraphrase-en.gz': tableOf(smallParaphrases),
  })
  const out = join(folder, 'out')
  const { records, said } = await setUp(from, out)
  t.match(records, [
    {
      directory: out,
      files: [
        { known: false, blob: /^[0-9a-f]{40}$/ },
        {},
        {},
        {},
        { file: join(out, 'data/paraphrase-en.gz') },
      ],
      modules: ['exact', 'stem', 'synonym', 'paraphrase'],
    },
  ])
  t.match(said, [/indexing/])
  t.same(readdirSync(out).sort(), ['data', 'function', 'nonbreaking', 'synonym'], 'nothing else is left')
  t.same((await setUp(out, join(folder, 'again'))).said, [], 'an index serves every copy of its table')
})

t.test('damaged data does not replace what is there', async (t) => {
  const folder = t.testdir()
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache')
  const whole = Buffer.from(tableOf(smallParaphrases))
  writeFiles(folder, {
    'from/paraphrase-en.gz': whole.subarray(0, whole.length - 9),
    'from/meteor-1.5.jar': 'no',
  })
  await t.rejects(setUp(join(folder, 'from'), join(folder, 'out')), {
    name: 'DataError',
    message: /from\/meteor-1.5.jar/,
  })
  await t.rejects(setUp(join(folder, 'nowhere'), join(folder, 'out')), {
    name: 'DataError',
    message: /nowhere/,
  })
  t.same(existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')) : [], [])
})
