/** The commands of docs/scale.md run where their programs are, and the scores of shards are those of the whole. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { noPython, pythonWith } from './python.js'
import { makeSmallDemo, runIn } from './small-demo.js'

t.setTimeout(600_000)

const sections = new Map(
  readFileSync('docs/scale.md', 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text]),
)
const folder = t.testdir({})
const lacks = (program: string, ...args: string[]) =>
  spawnSync(program, args).status !== 0 && `no ${program} here`
const spark = pythonWith('pyspark')

/** Section, why it is skipped, and what a test does beside its commands. */
const cases: [title: string, skip: string | false, before?: (commands: string[]) => string[]][] = [
  ['The whole, to compare with', false],
  ['GNU parallel', lacks('parallel', '--version')],
  ['MPI', lacks('mpirun', '--version'), (commands) => commands.map(asRoot)],
  ['A Slurm array', false, ([script, ...rest]) => [script!, asSlurm(4), ...rest]],
  ['Spark', spark ? false : noPython('pyspark')],
]

t.before(() => makeSmallDemo(folder))

for (const [title, skip, change = (commands: string[]) => commands] of cases)
  t.test(title, { skip }, async (t) => {
    const blocks = [...sections.get(title)!.matchAll(/^```(sh|python)\n(.*?)^```/gms)]
    t.ok(blocks.length > 0)
    const commands = blocks.map(([, language, source]) =>
      language === 'sh' ? source! : `${spark} - <<'END'\n${source}END`,
    )
    for (const command of change(commands)) {
      const { status, stderr } = runIn(folder, command, { PARALLEL_HOME: join(folder, 'parallel') })
      t.equal(status, 0, stderr.slice(-2000))
    }
  })

t.test(
  'shards in order give the captions of the whole',
  { skip: lacks('parallel', '--version') },
  async (t) => {
    t.equal(captionsIn('parallel.jsonl'), captionsIn('whole.jsonl'))
  },
)

t.test('every section is tested', async (t) => {
  t.same(
    [...sections.keys()].filter((title) => title !== 'The arithmetic'),
    cases.map(([title]) => title),
  )
})

/** mpirun refuses root, as which tests may run, and more processes than cores. */
function asRoot(command: string): string {
  return command.replace(/^mpirun /m, 'mpirun --allow-run-as-root --oversubscribe ')
}

/** What Slurm does with the script: one task of the array after the other. */
function asSlurm(tasks: number): string {
  return `for task in $(seq 0 ${tasks - 1}); do
    SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=${tasks} SLURM_PROCID=0 SLURM_NTASKS=1 sh decode.sbatch
  done`
}

function captionsIn(name: string): string {
  const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n')
  return lines
    .map((line) => JSON.parse(line) as { image_id: number; caption: string }) // as m2 decode writes them
    .map(({ image_id, caption }) => `${image_id} ${caption}`)
    .join('\n')
}
