import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import t from 'tap'

/**
 * Every `sh` block of the README runs, in order and in one folder, as a reader would after `make demo`; the model is
 * one that was trained for a few steps only. What is too heavy, or not for a test, is listed here with its reason, and
 * a command that is in neither place fails.
 */
const elsewhere: readonly [command: RegExp, reason: string][] = [
  [/^make (demo|test|build)$/, 'CI runs it (.ci/run)'],
  [/^npm install --global \.$/, 'installs; test/package.test.ts does so into a folder of its own'],
  [/^make (coco|evaluate) /, 'days; test/pipelines.test.ts runs them small'],
  [/^make (photos|features) /, 'needs photographs; test/detection/pipeline.test.ts runs it small'],
  [/^m2 detector /, 'needs weights, or downloads; test/stages/detector.test.ts'],
  [/^m2 bench /, 'measures; test/bench runs it'],
]

t.setTimeout(600_000)

const readme = readFileSync('README.md', 'utf8')
const blocks = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!) // the group is not optional
const folder = t.testdir({ bin: {} })
symlinkSync(resolve('dist/bin/m2.js'), join(folder, 'bin', 'm2'))

t.test('every command of the README runs', async (t) => {
  prepare()
  t.ok(blocks.length > 10, 'the README has its tour')
  for (const block of blocks) {
    const here = commandsOf(block).filter((command) => !elsewhere.some(([known]) => known.test(command)))
    if (here.length === 0) continue
    const { status, stderr } = sh(here.join('\n'))
    t.equal(status, 0, here[0]!, { stderr })
  }
})

t.test('what runs elsewhere is in the README', async (t) => {
  const all = blocks.flatMap(commandsOf)
  for (const [known, reason] of elsewhere)
    t.ok(
      all.some((command) => known.test(command)),
      `${String(known)}: ${reason}`,
    )
})

t.test('every stage is in the README, and every file that it names is here', async (t) => {
  const { stages } = await import('../lib/stages/index.js')
  for (const name of Object.keys(stages)) t.match(readme, `| \`${name}\``, name)
  for (const [, path] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) t.ok(existsSync(path!), path!)
  for (const [, path] of readme.matchAll(/`((?:test|pipelines|lib|fixtures|docs)\/[\w./-]+)`/g))
    t.ok(existsSync(path!), path!)
})

/** The commands of a block: lines, together where one goes on in the next. */
function commandsOf(block: string): string[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .replaceAll(/\|\n\s*/g, '| ')
    .split('\n')
    .filter((line) => line.trim() !== '')
}

/** What `make demo` leaves, made small. */
function prepare(): void {
  mkdirSync(join(folder, 'runs', 'demo'), { recursive: true })
  const { status, stderr } = sh(`
    cd runs/demo
    m2 synth --images 120 --val 10 --test 20 --out world
    for split in train val test; do
      m2 captions world/captions_$split.json --split $split | m2 features world/features.hdf5 > $split.jsonl
    done
    m2 tokenize < train.jsonl | m2 vocab --min-freq 1 > vocab.json
    m2 train train.jsonl --val val.jsonl --vocab vocab.json --out model --width 32 --heads 2 --layers 1 --memory-slots 2 \
      --regions 20 --warmup 20 --xe-epochs 2 --scst-epochs 1 --beam 3 --threads 2
    m2 decode --model model/xe < test.jsonl | m2 score --metrics bleu,rouge,cider > xe.scores.jsonl
    m2 decode --model model < test.jsonl | m2 score --metrics bleu,rouge,cider > scst.scores.jsonl
    # A model that has hardly learned may be worse than the one before: the README's comparison is of the demo's.
    sed -i.bak 's/"score":[^,]*/"score":0/' xe.scores.jsonl`)
  if (status !== 0) throw new Error(stderr)
}

function sh(script: string): { status: number | null; stderr: string } {
  const path = [join(folder, 'bin'), process.env['PATH']].join(delimiter)
  return spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  })
}
