/** Ranks of MPI, the processes that train one model together. */
import { availableParallelism } from 'node:os'
import { DataError, messageOf } from '../errors.js'

/** This process among those that train one model together, each on its own shard of every batch. */
export interface Ranks {
  readonly rank: number
  readonly size: number
  /** Replaces the values by their sums over all ranks. Every rank calls it with the same number of values. */
  sum(values: Float32Array): Promise<void>
  /** All-to-all: rank k receives the k-th shard of every rank's values, in order of the ranks. Shards are equal, one a rank. */
  exchange(values: Float32Array, received: Float32Array): Promise<void>
  /** All-gather: every rank receives the k-th shard from rank k, for all k. */
  gather(values: Float32Array): Promise<void>
  /** Ends every rank with this exit code, so that none waits for one that is gone. */
  abort(code: number): void
  finish(): void
}

/** One process alone. */
export const alone: Ranks = {
  rank: 0,
  size: 1,
  sum: async () => {},
  exchange: async (values, received) => received.set(values),
  gather: async () => {},
  abort: () => {},
  finish: () => {},
}

/** Whether something is true on any rank. Every rank calls it at the same moment, and waits for the others. */
export async function onAnyRank(ranks: Ranks, holds: boolean): Promise<boolean> {
  const votes = Float32Array.of(holds ? 1 : 0)
  await ranks.sum(votes)
  return votes[0]! > 0
}

/** Whether mpirun, mpiexec or srun --mpi started this process. */
export function underMpi(environment: NodeJS.ProcessEnv): boolean {
  const size = environment['OMPI_COMM_WORLD_SIZE'] ?? environment['PMI_SIZE'] ?? environment['PMIX_SIZE']
  return Number(size ?? 1) > 1
}

/** Threads of a rank that share its machine's cores fairly with the other ranks there; undefined for a process alone. */
export function threadsOfRank(environment: NodeJS.ProcessEnv): number | undefined {
  if (!underMpi(environment)) return undefined
  const here = environment['OMPI_COMM_WORLD_LOCAL_SIZE'] ?? environment['MPI_LOCALNRANKS']
  return Math.max(1, Math.floor(availableParallelism() / Number(here ?? 1)))
}

/** Whether this process is the first of those that mpirun started, or alone. */
export function isFirstRank(environment: NodeJS.ProcessEnv): boolean {
  const rank = environment['OMPI_COMM_WORLD_RANK'] ?? environment['PMI_RANK'] ?? environment['PMIX_RANK']
  return Number(rank ?? 0) === 0
}

/**
 * Joins the other ranks through the MPI library installed on this machine: Open MPI, or MPICH and its kin.
 *
 * @throws DataError where no MPI library can be loaded
 */
export async function joinRanks(environment: NodeJS.ProcessEnv): Promise<Ranks> {
  if (!underMpi(environment)) return alone
  const { default: koffi } = await import('koffi')
  const library = loadFirst(koffi, environment)
  const openMpi = 'OMPI_COMM_WORLD_SIZE' in environment
  // A handle is a pointer to a global in Open MPI, an integer that mpi.h writes down in MPICH.
  const [world, float, add] = openMpi
    ? ['ompi_mpi_comm_world', 'ompi_mpi_float', 'ompi_mpi_op_sum'].map((name) => library.symbol(name, 'char'))
    : [0x44000000, 0x4c00040a, 0x58000003]
  const inPlace = openMpi ? 1n : -1n
  const handle = openMpi ? 'void *' : 'int'

  const init = library.func('MPI_Init_thread', 'int', ['void *', 'void *', 'int', koffi.out('int *')])
  const commRank = library.func('MPI_Comm_rank', 'int', [handle, koffi.out('int *')])
  const commSize = library.func('MPI_Comm_size', 'int', [handle, koffi.out('int *')])
  const reduce = library.func('MPI_Allreduce', 'int', ['intptr_t', 'float *', 'int', handle, handle, handle])
  const exchangeParameters = ['float *', 'int', handle, 'float *', 'int', handle, handle]
  const exchange = library.func('MPI_Alltoall', 'int', exchangeParameters)
  const gatherParameters = ['intptr_t', 'int', handle, 'float *', 'int', handle, handle]
  const gather = library.func('MPI_Allgather', 'int', gatherParameters)
  const abort = library.func('MPI_Abort', 'int', [handle, 'int'])
  const finalize = library.func('MPI_Finalize', 'int', [])

  const number = (call: (out: [number]) => number, what: string) => {
    const out: [number] = [0]
    check(call(out), what)
    return out[0]
  }
  const serialized = 2 // MPI_THREAD_SERIALIZED: calls come from one thread at a time, not always the same
  const provided = number((out) => init(null, null, serialized, out), 'MPI_Init_thread')
  if (provided < serialized)
    throw new DataError('this MPI library was built without threads; m2 needs MPI_THREAD_SERIALIZED')
  const size = number((out) => commSize(world, out), 'MPI_Comm_size')
  /** Calls a function of the library on another thread. */
  const call = (name: string, fn: typeof reduce, ...parameters: unknown[]) =>
    new Promise<void>((resolve, reject) => {
      fn.async(...parameters, (error: Error | null, code: number) => {
        if (error ?? code !== 0) reject(error ?? new DataError(`${name} failed with code ${code}`))
        else resolve()
      })
    })
  return {
    rank: number((out) => commRank(world, out), 'MPI_Comm_rank'),
    size,
    sum: (values) => call('MPI_Allreduce', reduce, inPlace, values, values.length, float, add, world),
    exchange(values, received) {
      const count = values.length / size
      return call('MPI_Alltoall', exchange, values, count, float, received, count, float, world)
    },
    gather: (values) =>
      call('MPI_Allgather', gather, inPlace, 0, float, values, values.length / size, float, world),
    abort: (code) => void abort(world, code),
    finish: () => void finalize(),
  }
}

const libraries = ['libmpi.so.40', 'libmpi.so.12', 'libmpi.so', 'libmpi.dylib', 'msmpi.dll']

function loadFirst(koffi: typeof import('koffi').default, environment: NodeJS.ProcessEnv) {
  const candidates = environment['M2_MPI'] ? [environment['M2_MPI']] : libraries
  const failures: string[] = []
  for (const name of candidates) {
    try {
      return koffi.load(name)
    } catch (error) {
      failures.push(messageOf(error))
    }
  }
  throw new DataError(
    `cannot load an MPI library (${candidates.join(', ')}): ${failures[0]}. ` +
      'Install the one that mpirun belongs to (Debian: libopenmpi3), or name its file in M2_MPI',
  )
}

function check(code: number, call: string): void {
  if (code !== 0) throw new DataError(`${call} failed with code ${code}`)
}
