/** The part of the records that one of several processes works on. */
import { UsageError } from '../errors.js'

/** The records of this shard: those of --shard, else of this process's rank under mpirun or Slurm, else all. */
export async function* shardOf<T>(
  records: AsyncIterable<T>,
  shard: string | undefined,
  environment: NodeJS.ProcessEnv,
) {
  const [index, count] = parseShard(shard ?? rankShard(environment) ?? '0/1')
  let i = 0
  for await (const record of records) if (i++ % count === index) yield record
}

function parseShard(shard: string): [number, number] {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(shard) ?? []
  if (index === undefined || Number(index) >= Number(count))
    throw new UsageError(`--shard: expected I/N with I from 0 to N-1, as 0/4; got "${shard}"`)
  return [Number(index), Number(count)]
}

function rankShard(environment: NodeJS.ProcessEnv): string | undefined {
  for (const [rank, size] of [
    ['OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'],
    ['SLURM_PROCID', 'SLURM_NTASKS'],
  ] as const)
    if (environment[rank] !== undefined && environment[size] !== undefined)
      return `${environment[rank]}/${environment[size]}`
  return undefined
}
