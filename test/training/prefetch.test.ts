import t from 'tap'
import { prefetch } from '../../lib/training/prefetch.js'

t.test('the next item is read while one is worked on, and no more than that', async (t) => {
  const said: string[] = []
  const read = async (item: number) => {
    said.push(`read ${item}`)
    return item * 10
  }
  for await (const [item, ready] of prefetch([1, 2, 3], read)) {
    t.equal(ready, item * 10)
    said.push(`work ${item}`)
  }
  t.same(said, ['read 1', 'read 2', 'work 1', 'read 3', 'work 2', 'work 3'])
})

t.test('a read that fails is an error when its turn comes', async (t) => {
  const worked: number[] = []
  const read = async (item: number) => {
    if (item === 2) throw new Error('no such image')
  }
  const work = async () => {
    for await (const [item] of prefetch([1, 2, 3], read)) worked.push(item)
  }
  await t.rejects(work(), /no such image/)
  t.same(worked, [1])
})

t.test('whoever leaves early waits for the read under way', async (t) => {
  let reading = 0
  const read = async () => {
    reading++
    await new Promise((done) => setTimeout(done, 20))
    reading--
  }
  for await (const _ of prefetch([1, 2, 3], read)) break
  t.equal(reading, 0)
})
