/** Runs of `m2 train` that are small enough for tests. */
import { spawn, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readSafetensors } from '../../lib/formats/safetensors.js'
import { DataError, UsageError, codeOf, messageOf } from '../../lib/errors.js'
import { hash } from '../../lib/random.js'
import { resolveOptions } from '../../lib/options.js'
import { loadStage } from '../../lib/stages/index.js'
import { toyWords, writeToyFeatures } from '../decoding/toy-model.js'
import { listen, stream } from '../stages/collect.js'
import { closesAll } from '../stages/open-files.js'

/** The real binary. */
export const m2 = resolve('dist/bin/m2.js')

export interface Event {
  event: string
  objective: string
  epoch: number
  step: number
  [figure: string]: unknown
}

/** Examples, some to validate on, and a vocabulary, as files. An image's captions depend on its features' length. */
export async function writeToyData(folder: string, count = 18, captions = 3) {
  const records = (await writeToyFeatures(folder, count)).map((record, image) => ({
    ...record,
    tokens: Array.from({ length: captions }, (_, i) =>
      Array.from(
        { length: 2 + ((image + i) % 4) },
        (_, j) => toyWords[4 + ((3 * (image % 5) + j + ((hash(image, i) >>> 7) % 2)) % 26)]!,
      ),
    ),
  }))
  const [train, val, vocab] = ['train.jsonl', 'val.jsonl', 'vocab.json'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  await writeLines(train, records.slice(0, -4))
  await writeLines(val, records.slice(-4))
  await writeFile(vocab, JSON.stringify({ words: toyWords, counts: toyWords.map(() => 1) }))
  return { records, train, val, vocab }
}

export const writeLines = (file: string, records: readonly object[]) =>
  writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''))

export type Flags = Readonly<Record<string, string | true>>

/** A model of about a thousand weights. */
export const toyModel: Flags = {
  width: '16',
  heads: '2',
  layers: '1',
  'memory-slots': '2',
  regions: '5',
  beam: '3',
  'max-length': '6',
  warmup: '20',
  threads: '1',
}

/** A command line, its flags in one record. */
export const commandLine = (file: string, flags: Flags): string[] => [
  file,
  ...Object.entries(flags).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, value],
  ),
]

export interface Ended {
  events: Event[]
  stdout: string
  stderr: string
  status: number | null
  signal: NodeJS.Signals | null
}

/** Runs the stage in this process, which saves starting one. */
export async function trainHere(file: string, flags: Flags): Promise<Omit<Ended, 'signal'>> {
  const stage = await loadStage('train')
  const { context, said } = listen('train')
  const events: object[] = []
  let status = 0
  try {
    const options = resolveOptions(
      { ...stage.positional, ...stage.options },
      { ...flags, examples: file },
      {},
      {},
    )
    await closesAll(async () => {
      for await (const event of stage.run(stream([]), options, context)) events.push(event)
    })
  } catch (error) {
    if (!(error instanceof DataError) && !(error instanceof UsageError) && codeOf(error) === undefined)
      throw error
    status = error instanceof UsageError ? 2 : 1
    said.push(messageOf(error))
  }
  const stdout = events.map((event) => `${JSON.stringify(event)}\n`).join('')
  return { events: eventsOf(stdout), stdout, stderr: said.join('\n'), status }
}

/** Runs a command line to its end. */
export function train(args: readonly string[], { input = '', launcher = [] as string[] } = {}): Ended {
  const [command, ...rest] = [...launcher, process.execPath, m2, 'train', ...args]
  const { stdout, stderr, status, signal } = spawnSync(command!, rest, {
    input,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 120_000,
  })
  return { events: eventsOf(stdout), stdout, stderr, status, signal }
}

/** Starts a command line and sends it a signal at a moment that `when` chooses, called over and over. */
export function interrupted(
  args: readonly string[],
  signal: NodeJS.Signals,
  when: (stdout: string, milliseconds: number) => boolean,
): Promise<Ended> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [m2, 'train', ...args], {
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    const started = performance.now()
    let [stdout, stderr, sent] = ['', '', false]
    const look = () => {
      if (sent || child.exitCode !== null) return
      if (when(stdout, performance.now() - started)) sent = child.kill(signal)
      else setTimeout(look, 0)
    }
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('close', (status, signal) => {
      sent = true
      done({ events: eventsOf(stdout), stdout, stderr, status, signal })
    })
    look()
  })
}

export const eventsOf = (lines: string): Event[] =>
  lines
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line): Event => JSON.parse(line))

/** The largest difference of two models' weights, by name; without those whose gradient is rounding error alone. */
export async function differences(a: string, b: string): Promise<[name: string, largest: number][]> {
  const [one, other] = await Promise.all(
    [a, b].map((folder) => readSafetensors(join(folder, 'model.safetensors'))),
  )
  return Object.entries(one!)
    .filter(([name]) => !/^decoder.*fc_k\.bias$/.test(name)) // see objectives/golden.test.ts
    .map(([name, { data }]): [string, number] => {
      const others = other![name]!.data
      let largest = 0
      for (let i = 0; i < data.length; i++)
        largest = Math.max(largest, Math.abs(Number(data[i]) - Number(others[i])))
      return [name, largest]
    })
    .sort(([, x], [, y]) => y - x)
}
