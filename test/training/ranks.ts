/** The program of one rank of ranks.test.ts: sums over all ranks, in two sizes; the rank that CRASH names dies in between. */
import { joinRanks } from '../../lib/training/ranks.js'

const ranks = await joinRanks(process.env)
const values = Float32Array.from({ length: 1000 }, (_, i) => i * (ranks.rank + 1))
await ranks.sum(values)
if (process.env['CRASH'] === String(ranks.rank)) process.kill(process.pid, 'SIGKILL')
const ones = new Float32Array(3_000_000).fill(1)
await ranks.sum(ones)
const { rank, size } = ranks
const received = new Float32Array(size)
await ranks.exchange(
  Float32Array.from({ length: size }, (_, k) => 10 * rank + k),
  received,
)
const gathered = new Float32Array(size)
gathered[rank] = rank + 1
await ranks.gather(gathered)
process.stdout.write(
  `${JSON.stringify({ rank: ranks.rank, size: ranks.size, last: values[999], sum: ones.reduce((a, b) => a + b, 0), received: [...received], gathered: [...gathered] })}\n`,
)
ranks.finish()
