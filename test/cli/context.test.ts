import t from 'tap'
import { z } from 'zod'
import { DataError } from '../../lib/errors.js'
import { createContext } from '../../lib/cli/context.js'
import { defineStage } from '../../lib/stage.js'

const double = defineStage({
  name: 'double',
  input: z.looseObject({ n: z.number() }),
  options: { limit: { type: 'integer', default: 100, describe: 'largest n' } },
  async *run(records, { limit }, context) {
    yield* context.each(records, (record) => {
      if (record.n > limit) throw new DataError(`expected n of at most ${limit}, got ${record.n}`)
      return record.n === 0 ? undefined : { ...record, n: record.n * 2 }
    })
  },
})

async function* given(...numbers: number[]) {
  for (const n of numbers) yield { n }
}

async function run(numbers: number[], keepGoing: boolean) {
  const written: string[] = []
  const context = createContext('double', { keepGoing }, (line) => written.push(line))
  const results: object[] = []
  for await (const record of double.run(given(...numbers), { limit: 9 }, context)) results.push(record)
  return { results, written, context }
}

t.test('a stage maps records and may drop them', async (t) => {
  t.same((await run([1, 0, 2], false)).results, [{ n: 2 }, { n: 4 }])
})

t.test('the first bad record stops a stage', async (t) => {
  await t.rejects(run([1, 10, 2], false), /expected n of at most 9, got 10/)
})

t.test('with --keep-going a bad record costs only itself, and is counted', async (t) => {
  const { results, written, context } = await run([1, 10, 2], true)
  t.same(results, [{ n: 2 }, { n: 4 }])
  t.match(written, [/"error":"expected n of at most 9/])
  t.equal(context.rejected, 1)
})

t.test('an error that is no DataError is a bug and is never passed over', async (t) => {
  const context = createContext('double', { keepGoing: true })
  const broken = context.each(given(1), () => {
    throw new TypeError('ours')
  })
  await t.rejects(broken.next(), TypeError)
})

t.test('a rejected record says where it was read', async (t) => {
  const record = { n: 1 }
  const lines = new WeakMap<object, number>([[record, 12]])
  const context = createContext('double', { lines })
  t.equal(context.where(record), 'stdin:12')
  t.throws(() => context.reject(new DataError('no'), record), /no \(reading stdin:12\)/)
})
