/** The shape of lib: which folder may import which, no circles, small files that say what they are. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'

const base = ['files', 'formats']
const model = ['engine', 'model']

/** What each folder of lib may import beside the files of lib itself; docs/architecture.md draws it. */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  files: [],
  formats: ['files'],
  annotations: base,
  features: base,
  text: base,
  world: base,
  engine: ['files'],
  model: ['engine'],
  metrics: [...base, 'annotations', 'text'],
  doctor: [...base, 'engine', 'metrics', 'text'],
  report: [...base, 'annotations', 'features', 'metrics', 'text'],
  checkpoint: [...base, ...model, 'text'],
  decoding: [...base, ...model, 'text'],
  detection: [...base, 'engine', 'features'],
  explain: [...base, ...model, 'text'],
  training: [...base, ...model, 'checkpoint', 'decoding', 'features', 'metrics', 'text'],
  bench: [
    ...base,
    ...model,
    'checkpoint',
    'decoding',
    'detection',
    'features',
    'metrics',
    'text',
    'training',
    'world',
  ],
  stages: (
    'files formats engine model annotations bench checkpoint decoding detection doctor explain features metrics report text ' +
    'training world'
  ).split(' '),
  cli: [...base, 'stages'],
  library: [...base, 'metrics', 'stages', 'text'],
}

/** The library's entries, which nothing imports. Files of lib itself are below all folders. */
const entries = ['lib/library/index.ts', 'lib/library/metrics.ts', 'lib/library/tokenizers.ts']

/** Files longer than 200 lines that are one thing: a table of opcodes, one of options, types that `make docs` writes. */
const long = ['lib/formats/pickle/opcodes.ts', 'lib/library/options.ts', 'lib/training/options.ts']

interface Import {
  readonly from: string
  /** A file of ours, or the name of a package. */
  readonly to: string
  /** Whether only types are imported, which are gone when the program runs. */
  readonly types: boolean
}

const files = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('lib', file))
const imports = files.flatMap(importsOf)
const ours = imports.filter(({ to }) => files.includes(to))

t.test('folders import only those below them', async (t) => {
  const folders = new Set(files.map(folderOf))
  const unplaced = [...folders].filter((folder) => folder !== '' && !(folder in mayUse))
  t.same(unplaced, [], 'every folder of lib has its directions here and in docs/architecture.md')
  t.same(ours.flatMap(wrongDirection), [])
})

t.test('no file is in a circle of imports, types counted', async (t) => {
  const circles = circlesOf(files)
  t.same(
    circles.map((circle) => `${circle.join(' and ')} import each other: move what they share below both`),
    [],
  )
})

t.test('only the list of stages and the library import a stage', async (t) => {
  const wrong = ours.filter(
    ({ from, to }) =>
      folderOf(to) === 'stages' &&
      to !== 'lib/stages/index.ts' &&
      from !== 'lib/stages/index.ts' &&
      !entries.includes(from),
  )
  t.same(
    wrong.map(
      ({ from, to }) => `${from} imports the stage ${to}: what they share belongs into a folder below`,
    ),
    [],
  )
})

for (const folder of ['annotations', 'features', 'formats', 'metrics', 'text'])
  t.test(`${folder} never loads tfjs`, async (t) => {
    for (const file of files.filter((file) => folderOf(file) === folder)) {
      const tfjs = [...reachedFrom(file)].filter((name) => name.startsWith('@tensorflow'))
      t.same(tfjs, [], file)
    }
  })

t.test('the model knows of the engine its types and its tfjs', async (t) => {
  const others = imports.filter(
    ({ from, to, types }) =>
      folderOf(from) === 'model' && folderOf(to) === 'engine' && !types && to !== 'lib/engine/tfjs.ts',
  )
  t.same(others, [])
})

t.test('files are short, and open with a line that says what they are', async (t) => {
  const programs = readdirSync('bin').map((file) => join('bin', file))
  for (const file of [...files, ...programs]) {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const [first = ''] = lines.filter((line) => !line.startsWith('#!'))
    t.match(first, /^\/\*\*( \S.*|$)/, `${file} opens with a comment`)
    if (!long.includes(file)) t.ok(lines.length <= 200, `${file} has ${lines.length} lines, of at most 200`)
  }
})

/** A sentence on an import that goes against the directions. */
function wrongDirection({ from, to }: Import): string[] {
  const [own, other] = [folderOf(from), folderOf(to)]
  if (own === other || other === '' || entries.includes(from))
    return entries.includes(to) ? [entry(from)] : []
  if (own === '') return [`${from} imports ${to}: files of lib itself import no folder`]
  const allowed = mayUse[own] ?? []
  if (allowed.includes(other)) return []
  return [
    `${from} imports ${to}: lib/${own} may import ${allowed.join(', ') || 'no other folder'} and files of lib itself`,
  ]
}

const entry = (from: string) => `${from} imports the library's entry, which is above everything`

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

/** Files that reach each other: the strongly connected components of more than one (Tarjan, 1972). */
function circlesOf(files: readonly string[]): string[][] {
  const circles: string[][] = []
  const order = new Map<string, number>()
  const open: string[] = []
  const visit = (file: string): number => {
    let low = order.size
    order.set(file, low)
    open.push(file)
    for (const { from, to } of ours)
      if (from === file) {
        if (!order.has(to)) low = Math.min(low, visit(to))
        else if (open.includes(to)) low = Math.min(low, order.get(to)!)
      }
    if (low === order.get(file)) {
      const circle = open.splice(open.indexOf(file))
      if (circle.length > 1) circles.push(circle.sort())
    }
    return low
  }
  for (const file of files) if (!order.has(file)) visit(file)
  return circles
}
