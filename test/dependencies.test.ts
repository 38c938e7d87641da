import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'

/**
 * Dependencies point one way: from stages, over what they are made of, to the model, and from there to the engine's
 * types and the one tfjs that all share.
 */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  text: [],
  data: [],
  metrics: ['checkpoint', 'data', 'text'],
  engine: [],
  model: ['engine'],
  checkpoint: ['data', 'engine', 'model', 'text'],
  decoding: ['engine', 'model', 'text'],
  explain: ['engine', 'model', 'text'],
  report: ['data', 'metrics'],
  training: ['checkpoint', 'data', 'decoding', 'engine', 'metrics', 'model', 'text'],
  bench: ['data', 'decoding', 'engine', 'metrics', 'model', 'text', 'training'],
  stages: [
    'bench',
    'checkpoint',
    'data',
    'decoding',
    'engine',
    'explain',
    'metrics',
    'model',
    'report',
    'text',
    'training',
  ],
}

interface Import {
  readonly from: string
  /** A file of ours, or the name of a package. */
  readonly to: string
  /** Whether only types are imported: nothing is left of that when the program runs. */
  readonly types: boolean
}

const files = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('lib', file))
const imports = files.flatMap(importsOf)

t.test('folders use only those below them', async (t) => {
  const folders = new Set(files.map(folderOf))
  t.same(
    [...folders].filter((folder) => folder !== '' && !(folder in mayUse)),
    [],
    'every folder has a place',
  )
  const against = imports.filter(({ from, to }) => {
    const [own, other] = [folderOf(from), folderOf(to)]
    return (
      own !== '' && to.startsWith('lib/') && other !== '' && other !== own && !mayUse[own]?.includes(other)
    )
  })
  t.same(against, [])
})

t.test('nothing imports a stage but their index, and that none but the command line', async (t) => {
  const toStages = imports.filter(({ to }) => folderOf(to) === 'stages')
  t.same(
    toStages.filter(({ from, to }) => to !== 'lib/stages/index.ts' && from !== 'lib/stages/index.ts'),
    [],
  )
  const users = new Set(
    toStages.filter(({ to }) => to === 'lib/stages/index.ts').map(({ from }) => folderOf(from)),
  )
  t.same([...users], [''], 'files of lib itself')
})

t.test('text, data and metrics never load tfjs', async (t) => {
  for (const folder of ['text', 'data', 'metrics'])
    for (const file of files.filter((file) => folderOf(file) === folder)) {
      const loaded = [...reachedFrom(file)]
      t.notOk(
        loaded.some((name) => name.startsWith('@tensorflow')),
        file,
      )
    }
})

t.test('the model knows of the engine its types and its tfjs', async (t) => {
  const others = imports.filter(
    ({ from, to, types }) =>
      folderOf(from) === 'model' && folderOf(to) === 'engine' && !types && to !== 'lib/engine/tfjs.ts',
  )
  t.same(others, [])
})

/** The folder of lib that a file is in; '' for lib itself. */
function folderOf(file: string): string {
  const [, folder, rest] = file.split('/')
  return rest === undefined ? '' : folder!
}

function importsOf(from: string): Import[] {
  const source = readFileSync(from, 'utf8')
  const statements = source.matchAll(/^(?:import|export) ([^'"]*? from )?'([^']+)'|\bimport\('([^']+)'\)/gm)
  return [...statements].map(([, what = '', fixed, lazy]) => {
    const name = fixed ?? lazy!
    const names = /^\{(.*)\} from $/s.exec(what)?.[1]?.split(',') ?? []
    const allTypes = names.length > 0 && names.every((one) => /^\s*(type |$)/.test(one))
    const to = name.startsWith('.') ? normalize(join(dirname(from), name)).replace(/\.js$/, '.ts') : name
    return { from, to, types: what.startsWith('type ') || allTypes }
  })
}

/** The packages that loading a file may load, sooner or later. */
function reachedFrom(file: string): Set<string> {
  const packages = new Set<string>()
  const seen = new Set([file])
  for (const at of seen)
    for (const { from, to, types } of imports)
      if (from === at && !types) (files.includes(to) ? seen : packages).add(to)
  return packages
}
