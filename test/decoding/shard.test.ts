import t from 'tap'
import { chooseShard, shardOf } from '../../lib/decoding/shard.js'
import { collect, stream } from '../stages/collect.js'

const all = { index: 0, count: 1 }

t.test('a shard by option', async (t) => {
  t.same(chooseShard('2/4', {}), { index: 2, count: 4 })
  t.same(chooseShard('1/1', {}), all)
  t.same(chooseShard('0/1', {}), all)
  const rank = { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '2' }
  t.same(chooseShard('1/1', rank), all, 'an option comes before the rank')
  for (const text of ['4/4', '2/1', '1/0', '-1/2', '1', 'a/b', '1/1/1'])
    t.throws(() => chooseShard(text, {}), { name: 'UsageError', message: `as 0/4, or 1/1 for all images; got "${text}"` }) // prettier-ignore
  t.same(await collect(shardOf(stream([0, 1, 2, 3, 4, 5, 6]), { index: 1, count: 3 })), [1, 4])
})

t.test('a shard by rank, where a launcher started several processes', async (t) => {
  const task = { SLURM_PROCID: '3', SLURM_NTASKS: '4', SLURM_STEP_ID: '0' }
  t.match(chooseShard(undefined, task), {
    index: 3,
    count: 4,
    reason: /srun runs 4 processes.*SLURM_PROCID 3/,
  })
  t.match(chooseShard(undefined, { ...task, SLURM_STEP_NUM_TASKS: '6' }), { index: 3, count: 6 })
  t.match(
    chooseShard(undefined, { SLURM_PROCID: '1', SLURM_NTASKS: '2', SLURM_STEPID: '12' }),
    { index: 1, count: 2 },
    'the older name of the step',
  )
  t.match(chooseShard(undefined, { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '2' }), {
    index: 1,
    count: 2,
    reason: /mpirun runs 2 processes/,
  })
  t.match(chooseShard(undefined, { PMI_RANK: '1', PMI_SIZE: '2' }), { index: 1, count: 2 })
})

t.test('all images, where the variables are only lying about', async (t) => {
  const job = { SLURM_PROCID: '0', SLURM_NTASKS: '4', SLURM_JOB_ID: '77' }
  for (const [what, environment] of Object.entries({
    'nothing set': {},
    'a batch script': job,
    'a batch script of a Slurm that numbers it': { ...job, SLURM_STEP_ID: '4294967291' },
    'the shell of an interactive step': { ...job, SLURM_STEP_ID: '4294967290' },
    'a step of one task': { ...job, SLURM_STEP_ID: '0', SLURM_STEP_NUM_TASKS: '1' },
    'one process of mpirun': { OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '1' },
    'no numbers': { OMPI_COMM_WORLD_RANK: '', OMPI_COMM_WORLD_SIZE: 'two' },
    'a rank beyond the size': { OMPI_COMM_WORLD_RANK: '2', OMPI_COMM_WORLD_SIZE: '2' },
  }))
    t.same(chooseShard(undefined, environment), all, what)
})
