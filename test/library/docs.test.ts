/** The examples of docs/library.md compile strictly in a project of a user, and run. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { makeSmallDemo } from '../small-demo.js'

t.setTimeout(600_000)

const page = readFileSync('docs/library.md', 'utf8')
const examples = [...page.matchAll(/^## (.*?)\n[^]*?^```ts\n(.*?)^```/gms)].map(
  ([, title, source]) => [title!, source!] as const, // groups that are not optional
)
const folder = t.testdir({ node_modules: { '@types': {} } })
symlinkSync(resolve('.'), join(folder, 'node_modules', 'm2-captioning'))
symlinkSync(resolve('node_modules/@types/node'), join(folder, 'node_modules', '@types', 'node'))
symlinkSync(resolve('node_modules/undici-types'), join(folder, 'node_modules', 'undici-types'))
writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    compilerOptions: {
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023'],
      types: ['node'],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      preserveSymlinks: true,
    },
    include: ['*.ts'],
  }),
)

t.test('the examples compile', async (t) => {
  t.ok(examples.length >= 6, `${examples.length} examples`)
  for (const [i, [, source]] of examples.entries()) writeFileSync(join(folder, `example${i}.ts`), source)
  const readme = readFileSync('README.md', 'utf8').matchAll(/^```ts\n(.*?)^```/gms)
  for (const [i, [, source]] of [...readme].entries()) writeFileSync(join(folder, `readme${i}.ts`), source!)
  const { status, stdout } = tsc()
  t.equal(status, 0, stdout)
})

t.test('the examples run', async (t) => {
  makeSmallDemo(folder)
  for (const [i, [title]] of examples.entries()) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [`example${i}.js`], {
      cwd: folder,
      encoding: 'utf8',
    })
    t.equal(status, 0, `${title}: ${stderr}`)
    t.not(stdout, '', title)
    t.equal(stderr, '', title)
  }
})

t.test('types are exact: what does not exist does not compile', async (t) => {
  const wrong = [
    "import { decode } from 'm2-captioning'\ndecode([{ image_id: 1 }], { model: 'm' })",
    "import { captions } from 'm2-captioning'\ncaptions({ file: 'captions.json' })",
    "import { score } from 'm2-captioning/metrics'\nscore({ candidates: [], metrics: ['blue'] })",
    "import { tokenize } from 'm2-captioning'\nfor await (const { words } of tokenize([{ image_id: 1, captions: [''] }])) void words",
    "import { ptb } from 'm2-captioning/tokenizers'\nptb('A dog.')",
  ]
  for (const [i, source] of wrong.entries()) writeFileSync(join(folder, `wrong${i}.ts`), `${source}\n`)
  const { stdout } = tsc()
  for (const i of wrong.keys()) t.match(stdout, new RegExp(`wrong${i}\\.ts\\(.*error TS`), wrong[i]!)
  t.notMatch(stdout, /m2-captioning\/dist.*error/)
})

t.test('the published types need no package', async (t) => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] } // ours
  const files = manifest.files.filter((file) => file.endsWith('.d.ts'))
  const listed = execFileSync('bash', ['-c', `ls ${files.join(' ')}`], { encoding: 'utf8' })
    .trim()
    .split('\n')
  t.ok(listed.length > 5)
  for (const file of listed)
    for (const [, from] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()['"]([^'"]+)['"]/g)) {
      const target = join(file, '..', from!).replace(/\.js$/, '.d.ts')
      t.ok(listed.includes(target), `${file}: ${from}`)
    }
})

function tsc(): { status: number | null; stdout: string } {
  mkdirSync(folder, { recursive: true })
  return spawnSync(process.execPath, [resolve('node_modules/typescript/bin/tsc')], {
    cwd: folder,
    encoding: 'utf8',
  })
}
