import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { DataError } from '../errors.js'
import { parseLine, readLines } from '../jsonl.js'
import { variableOf } from '../options.js'
import { imageRecord, type ImageRecord } from '../records.js'

/**
 * Runs a stage in several processes, each on every n-th record, and gives their results in the order of the records. A
 * step's products are too small to keep several cores busy; a process for each core does.
 *
 * @param options of the stage, by name; the processes receive them as M2_* variables
 * @param environment of the processes, otherwise
 * @throws DataError where a process failed; what it said is on stderr
 */
export async function* inJobs(
  stage: string,
  jobs: number,
  records: AsyncIterable<object>,
  options: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv,
): AsyncGenerator<ImageRecord> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const variables = Object.fromEntries(given.map(([name, value]) => [variableOf(name), String(value)]))
  const program = fileURLToPath(new URL('../../bin/m2.js', import.meta.url))
  const children = Array.from({ length: jobs }, () =>
    spawn(process.execPath, [program, stage], {
      env: { ...environment, ...variables },
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  )
  // A process that is gone says so by its exit code; writing to it then fails, which says no more.
  for (const { stdin } of children) stdin.on('error', () => undefined)
  const ended = children.map(async (child) => Number((await once(child, 'exit'))[0] ?? 1))
  const fed = feed(
    records,
    children.map(({ stdin }) => stdin),
  )
  fed.catch(() => undefined) // reported below
  try {
    const outputs = children.map(({ stdout }) => readLines(stdout, stage))
    // Each is asked for a line ahead: Node throws away what an ended process wrote where nobody reads.
    const ahead = outputs.map((lines) => lines.next())
    for (const line of ahead) line.catch(() => undefined) // reported when it is its turn
    let i = 0
    for (; ; i = (i + 1) % jobs) {
      const next = await ahead[i]!
      if (next.done) break
      const line = outputs[i]!.next()
      line.catch(() => undefined)
      ahead[i] = line
      yield parseLine(next.value[1], imageRecord, `${stage} process ${i}`)
    }
    // The first to end has had its last record, or has failed: then the others would wait for a reader for ever.
    const first = await ended[i]!
    if (first === 0) await fed
    if (first !== 0 || (await Promise.all(ended)).some((code) => code !== 0))
      throw new DataError(`one of ${jobs} processes failed; what it said is above. --jobs 1 does it in one`)
  } finally {
    for (const child of children) child.kill()
  }
}

/** Record i goes to stream i modulo their number. */
async function feed(
  records: AsyncIterable<object>,
  streams: readonly NodeJS.WritableStream[],
): Promise<void> {
  let i = 0
  try {
    for await (const record of records) {
      const stream = streams[i++ % streams.length]!
      if (!stream.write(`${JSON.stringify(record)}\n`))
        await Promise.race([once(stream, 'drain'), once(stream, 'close')])
    }
  } finally {
    for (const stream of streams) stream.end()
  }
}
