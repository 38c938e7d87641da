/** The steps of action.yml, run as a runner of GitHub would run them, on a small demo. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { makeSmallDemo } from './small-demo.js'

t.setTimeout(600_000)

interface Action {
  inputs: Record<string, { description: string; required?: boolean; default?: string }>
  outputs: Record<string, { value: string }>
  runs: { using: string; steps: Step[] }
}
interface Step {
  name: string
  id?: string
  if?: string
  shell: string
  env?: Record<string, string>
  run: string
}

const action = parse(readFileSync('action.yml', 'utf8')) as Action // GitHub's format
const folder = t.testdir({})
t.before(() => makeSmallDemo(folder))

t.test('scores that hold pass, and the summary and the JUnit file say so', async (t) => {
  const { status, stderr, summary, outputs } = run('good', {
    candidates: 'runs/demo/scst.captions.jsonl',
    baseline: 'runs/demo/scst.scores.jsonl',
  })
  t.equal(status, 0, stderr)
  t.match(summary, /### Scores: no score fell/)
  t.match(summary, /^\| CIDEr-D \| \d\.\d{5} \| \d\.\d{5} \| 0\.00000 \| ok \|/m)
  t.match(readFileSync(outputs['junit']!, 'utf8'), /<testsuite[^>]* failures="0"/)
  t.equal(
    readFileSync(outputs['scores']!, 'utf8'),
    readFileSync(join(folder, 'runs/demo/scst.scores.jsonl'), 'utf8'),
  )
})

t.test('a score that fell fails the job; a tolerance forgives it', async (t) => {
  const better = readFileSync(join(folder, 'runs/demo/scst.scores.jsonl'), 'utf8').replace(
    /("metric":"CIDEr-D","score":)[^,]*/,
    '$19.5',
  )
  writeFileSync(join(folder, 'better.jsonl'), better)
  const inputs = { candidates: 'runs/demo/scst.captions.jsonl', baseline: 'better.jsonl' }
  const { status, summary, outputs } = run('bad', inputs)
  t.equal(status, 1)
  t.match(summary, /1 of 6 scores fell/)
  t.match(readFileSync(outputs['junit']!, 'utf8'), /<failure/)
  t.equal(run('forgiven', { ...inputs, tolerance: '1e-6,CIDEr-D=10' }).status, 0)
})

t.test('COCO files, with references beside them', async (t) => {
  const { status } = spawnSync(
    'bash',
    ['-c', `node ${resolve('dist/bin/m2.js')} results < runs/demo/scst.captions.jsonl > results.json`],
    { cwd: folder },
  )
  t.equal(status, 0)
  const inputs = { candidates: 'results.json', references: 'runs/demo/world/captions_test.json' }
  const { stderr, outputs } = run('coco', {
    ...inputs,
    baseline: 'runs/demo/scst.scores.jsonl',
    tolerance: '1',
  })
  t.match(readFileSync(outputs['scores']!, 'utf8'), /"metric":"CIDEr-D","score":\d/, stderr)
})

t.test('what a workflow must give is marked, and the rest has a default', async (t) => {
  for (const [name, input] of Object.entries(action.inputs)) {
    t.ok(input.description, name)
    t.ok(input.required === true || input.default !== undefined, name)
  }
  t.equal(action.runs.using, 'composite')
  t.ok(action.runs.steps.every(({ shell }) => shell === 'bash'))
})

t.test("the project's workflow gives its own action inputs that it has", async (t) => {
  const workflow = parse(readFileSync('.github/workflows/ci.yml', 'utf8')) as {
    jobs: Record<string, { steps: { uses?: string; with?: Record<string, string> }[] }>
  } // GitHub's format
  const steps = Object.values(workflow.jobs).flatMap(({ steps }) => steps)
  const own = steps.find(({ uses }) => uses === './')
  t.ok(own?.with)
  for (const name of Object.keys(own?.with ?? {})) t.ok(name in action.inputs, name)
  for (const [name, { required }] of Object.entries(action.inputs))
    if (required) t.ok(name in (own?.with ?? {}), name)
})

/** Runs the steps in order until one fails. */
function run(name: string, given: Record<string, string>) {
  const temporary = join(folder, 'temporary', name)
  mkdirSync(temporary, { recursive: true })
  const [summary, outputFile, pathFile] = ['summary.md', 'output', 'path'].map((file) =>
    join(temporary, file),
  )
  for (const file of [summary, outputFile, pathFile]) writeFileSync(file!, '')
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([key, input]) => [key, given[key] ?? input.default ?? '']),
  )
  const outputs: Record<string, string> = {}
  let [status, stderr]: [number | null, string] = [0, '']
  for (const step of action.runs.steps) {
    if (step.if !== undefined && step.if !== "inputs.meteor == 'true'") throw new Error(`unknown: ${step.if}`)
    if (step.if !== undefined && inputs['meteor'] !== 'true') continue
    const env = Object.fromEntries(
      Object.entries(step.env ?? {}).map(([key, value]) => [key, valueOf(value, inputs, outputs)]),
    )
    const path = readFileSync(pathFile!, 'utf8').trim().split('\n')
    const result = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        ...env,
        PATH: [...path, join(folder, 'bin'), process.env['PATH']].filter(Boolean).join(delimiter),
        RUNNER_TEMP: temporary,
        GITHUB_STEP_SUMMARY: summary!,
        GITHUB_OUTPUT: outputFile!,
        GITHUB_PATH: pathFile!,
      },
    })
    ;({ status, stderr } = result)
    if (step.id !== undefined)
      for (const line of readFileSync(outputFile!, 'utf8').trim().split('\n')) {
        const [key, value] = line.split('=', 2) as [string, string] // as the step writes them
        outputs[key] = value
      }
    if (status !== 0) break
  }
  return { status, stderr, summary: readFileSync(summary!, 'utf8'), outputs }
}

/** The expressions that action.yml uses. */
function valueOf(text: string, inputs: Record<string, string>, outputs: Record<string, string>): string {
  return text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const [, scope, name] = /^(inputs|steps\.files\.outputs)\.(\w+)$/.exec(expression) ?? []
    if (scope !== undefined) return (scope === 'inputs' ? inputs : outputs)[name!] ?? ''
    const [, when, then, otherwise] = /^inputs\.(\w+) == 'true' && '(.*)' \|\| '(.*)'$/.exec(expression) ?? []
    if (when !== undefined) return (inputs[when] === 'true' ? then : otherwise) ?? ''
    if (expression === 'github.action_path') return resolve('.')
    throw new Error(`unknown expression: ${expression}`)
  })
}
