/** Ranks: sums, exchanges and failures through the machine's MPI library. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { availableParallelism } from 'node:os'
import t from 'tap'
import { alone, isFirstRank, joinRanks, threadsOfRank, underMpi } from '../../lib/training/ranks.js'

const mpirun = spawnSync('mpirun', ['--version']).status === 0
const skip = mpirun ? false : 'no mpirun on this machine (Debian: openmpi-bin)'

const launch = (count: number, environment = {}) =>
  spawnSync(
    'mpirun',
    [
      '--allow-run-as-root',
      '--oversubscribe',
      '-n',
      String(count),
      process.execPath,
      resolve('dist/test/training/ranks.js'),
    ],
    { encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE_OPTIONS: '', ...environment } },
  )

t.test('ranks sum, exchange and gather their values through MPI', { skip }, async (t) => {
  const { stdout, stderr, status } = launch(3)
  t.equal(status, 0, stderr)
  const records = stdout
    .trim()
    .split('\n')
    .map((line): { rank: number } => JSON.parse(line))
  t.same(
    records.sort((a, b) => a.rank - b.rank),
    [0, 1, 2].map((rank) => ({
      rank,
      size: 3,
      last: 999 * 6,
      sum: 9_000_000,
      received: [rank, 10 + rank, 20 + rank],
      gathered: [1, 2, 3],
    })),
  )
})

t.test('when a rank dies the others stop too, with a message', { skip }, async (t) => {
  const { status, stderr, signal } = launch(2, { CRASH: '1' })
  t.equal(signal, null, 'no hang')
  t.not(status, 0)
  t.match(stderr, /signal 9|Killed/)
})

t.test('one process alone needs no MPI', async (t) => {
  t.equal(await joinRanks({}), alone)
  t.notOk(underMpi({ OMPI_COMM_WORLD_SIZE: '1' }))
  await t.rejects(
    joinRanks({ OMPI_COMM_WORLD_SIZE: '2', M2_MPI: '/nowhere/libmpi.so' }),
    /cannot load an MPI library .*M2_MPI/,
  )
})

t.test('ranks of one machine share its cores', async (t) => {
  const rank = { OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_LOCAL_SIZE: '2' }
  t.equal(threadsOfRank({}), undefined)
  t.equal(threadsOfRank(rank), Math.max(1, Math.floor(availableParallelism() / 2)))
  t.equal(threadsOfRank({ ...rank, OMPI_COMM_WORLD_LOCAL_SIZE: '1000' }), 1)
  t.ok(isFirstRank({}))
  t.notOk(isFirstRank(rank))
})
