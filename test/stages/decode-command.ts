/** The command `m2 decode`, run on a toy model and features for it. */
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { writeToyFeatures, writeToyModel } from '../decoding/toy-model.js'
import { near } from '../near.js'

export interface Decoded {
  image_id: number
  caption: string
  log_prob: number
  eos: boolean
  constraints_met?: boolean[]
  raw?: string
  beams?: { caption: string; ids: number[]; log_prob: number; word_log_probs: number[] }[]
}

export const m2 = resolve('dist/bin/m2.js')

export function run(args: readonly string[], records: readonly object[] = [], environment = {}) {
  const input = records.map((record) => JSON.stringify(record)).join('\n')
  const { stdout, stderr, status } = spawnSync(process.execPath, [m2, ...args], {
    input,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
  return { decoded: recordsOf(stdout), stderr, status }
}

/** What the command printed. */
export const recordsOf = (text: string): Decoded[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line): Decoded => JSON.parse(line))

export const folder = t.testdir()
export const model = join(folder, 'model')
await writeToyModel(model)
export const records = await writeToyFeatures(folder, 23)
export const decode = (args: readonly string[], given: readonly object[] = records, environment = {}) =>
  run(['decode', '--model', model, '--threads', '1', ...args], given, environment)

/** The same words, and log-probabilities but for the order of sums. */
export function same(t: Test, found: Decoded[], expected: Decoded[], what: string): void {
  t.same(found.map(withoutLogProbs), expected.map(withoutLogProbs), what)
  near(t, logProbsOf(found), logProbsOf(expected), 1e-4, `${what}: log-probabilities`)
}

const withoutLogProbs = ({ beams, ...rest }: Decoded) => ({
  ...rest,
  log_prob: undefined,
  beams: beams?.map(({ ids }) => ids),
})

const logProbsOf = (decoded: Decoded[]) =>
  decoded.flatMap(({ log_prob, beams = [] }) => [log_prob, ...beams.map(({ log_prob }) => log_prob)])
