import t from 'tap'
import { prepareMeteor, type MeteorText } from '../../../lib/metrics/meteor/threads.js'
import { readMeteor } from '../../../lib/metrics/meteor/index.js'

const words = ['a', 'man', 'men', 'riding', 'rides', 'the', 'horse', 'on', 'beach', 'sandy']
const caption = (seed: number) =>
  Array.from({ length: 4 + (seed % 7) }, (_, i) => words[(seed * (i + 3) + i * i) % words.length]!).join(' ')
const images: MeteorText[] = Array.from({ length: 1234 }, (_, i) => ({
  image_id: i,
  hypothesis: caption(i),
  references: [caption(i + 1), caption(3 * i + 2)],
}))

t.test('threads find what one thread finds, each image in its place', async (t) => {
  const source = await readMeteor({ environment: { HOME: t.testdir(), PATH: '' } })
  let done = 0
  const [alone, shared] = [prepareMeteor(source, 1), prepareMeteor(source, images.length)]
  const rows = await shared.statistics(images, (count) => (done += count))
  t.equal(done, images.length, 'and tell how far they are')
  t.same(rows, await alone.statistics(images, () => undefined))
  t.same(await shared.statistics(images.slice(0, 3), () => undefined), rows.slice(0, 3), 'and again')
  t.equal(shared.signature, alone.signature)
})

t.test('no images', async (t) => {
  const source = await readMeteor({ environment: { HOME: t.testdir(), PATH: '' } })
  t.same(await prepareMeteor(source, 5000).statistics([], () => undefined), [])
})
