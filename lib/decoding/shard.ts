/** The part of the images that one of several processes works on. */
import { UsageError } from '../errors.js'

/** Every `count`-th image, from the `index`-th. */
export interface Shard {
  readonly index: number
  readonly count: number
  /** Why, where nobody asked for it: `srun runs 4 tasks and this is SLURM_PROCID 1`. */
  readonly reason?: string
}

/**
 * The shard that `--shard` names; else that of this process's rank, where mpirun or srun started several processes; else
 * all images.
 *
 * @throws UsageError for a shard that does not exist
 */
export function chooseShard(option: string | undefined, environment: NodeJS.ProcessEnv): Shard {
  if (option !== undefined) return parseShard(option)
  return rankOf(environment) ?? { index: 0, count: 1 }
}

/** The items of a shard. */
export async function* shardOf<T>(items: AsyncIterable<T>, { index, count }: Shard): AsyncGenerator<T> {
  let i = 0
  for await (const item of items) if (i++ % count === index) yield item
}

function parseShard(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? []
  if (text === '1/1') return { index: 0, count: 1 }
  if (index === undefined || Number(index) >= Number(count))
    throw new UsageError(
      `--shard: expected I/N with I from 0 to N-1, as 0/4, or 1/1 for all images; got "${text}"`,
    )
  return { index: Number(index), count: Number(count) }
}

function rankOf(environment: NodeJS.ProcessEnv): Shard | undefined {
  for (const { program, rank, size } of launchers) {
    const [index, count] = [numberOf(environment[rank]), sizesOf(environment, size)]
    if (index === undefined || count === undefined || count < 2 || index >= count) continue
    if (program === 'srun' && !inStep(environment)) continue
    return { index, count, reason: `${program} runs ${count} processes, and this one is ${rank} ${index}` }
  }
  return undefined
}

const launchers = [
  { program: 'mpirun', rank: 'OMPI_COMM_WORLD_RANK', size: ['OMPI_COMM_WORLD_SIZE'] },
  { program: 'mpirun', rank: 'PMI_RANK', size: ['PMI_SIZE'] },
  { program: 'srun', rank: 'SLURM_PROCID', size: ['SLURM_STEP_NUM_TASKS', 'SLURM_NTASKS'] },
]

/**
 * Whether Slurm started this process as a task of a step, by srun. A batch script and an interactive shell of an allocation
 * carry the variables of a task as well, but run once: they have no step, or one of the numbers that Slurm keeps for them,
 * just below 2^32.
 */
function inStep(environment: NodeJS.ProcessEnv): boolean {
  const step = numberOf(environment['SLURM_STEP_ID'] ?? environment['SLURM_STEPID'])
  return step !== undefined && step < 0xfffffff0
}

const sizesOf = (environment: NodeJS.ProcessEnv, names: readonly string[]): number | undefined =>
  names.map((name) => numberOf(environment[name])).find((size) => size !== undefined)

/** A whole number as a variable holds it. */
const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
