/** The fixture world: its captions, regions and features. */
import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { createObjectRegions } from '../../lib/world/objects.js'
import type { Regions } from '../../lib/world/projection.js'
import { createWorld } from '../../lib/world/world.js'
import { near } from '../near.js'

const options = { seed: 1, width: 32, noise: 0.5, captions: 5 }
const ids = Array.from({ length: 400 }, (_, i) => i + 1)
const image = createWorld(options)
const images = ids.map(image)
const captions = images.flatMap(({ captions }) => captions)
const words = (caption: string) => caption.toLowerCase().replace(/\.$/, '').split(' ')

t.test('an image follows from the seed and its id alone', async (t) => {
  t.same(createWorld(options)(7), images[6])
  t.notSame(createWorld({ ...options, seed: 2 })(7).captions, images[6]!.captions)
  t.same(createWorld({ ...options, width: 8 })(7).captions, images[6]!.captions)
})

t.test('captions are sentences of 5 to 16 words of a small vocabulary', async (t) => {
  for (const caption of captions) {
    if (!/^[A-Z][a-z ]+\.?$/.test(caption)) t.fail(caption)
    if (words(caption).length < 5 || words(caption).length > 16) t.fail(caption)
    if (/\ba [aeiou]|\ban [^aeiou]/i.test(caption)) t.fail(caption)
  }
  const vocabulary = new Set(captions.flatMap(words)).size
  t.ok(vocabulary >= 100 && vocabulary <= 250, `${vocabulary} words`)
})

t.test('people describe an image differently, and images differ more', async (t) => {
  const different = images.map(({ captions }) => new Set(captions).size)
  t.ok(different.reduce((sum, n) => sum + n, 0) / images.length > 4.5)
  t.ok(new Set(captions).size > 0.9 * captions.length)
  const shared = (a: string, b: string) => words(a).filter((word) => words(b).includes(word)).length
  let within = 0
  let across = 0
  for (const [i, { captions }] of images.entries()) {
    within += shared(captions[0]!, captions[1]!)
    across += shared(captions[0]!, images[(i + 1) % images.length]!.captions[1]!)
  }
  t.ok(within > 1.5 * across, `${within} words shared within images, ${across} across`)
})

t.test('regions have features of the width, and boxes inside the image', async (t) => {
  for (const { regions, width, height } of images) check(t, regions, 32, width, height)
  t.ok(images.every(({ regions }) => regions.count >= 3 && regions.count <= 25))
  t.ok(new Set(images.map(({ regions }) => regions.count)).size > 6)
})

t.test('features tell what a region shows, the more the less noise', async (t) => {
  const quiet = createWorld({ ...options, noise: 0 })(1).regions
  const loud = createWorld({ ...options, noise: 2 })(1).regions
  t.same(loud.boxes, quiet.boxes)
  const distance = ({ features }: Regions) =>
    Math.hypot(...features.map((value, i) => value - quiet.features[i]!)) / Math.sqrt(features.length)
  near(t, distance(image(1).regions), 0.5, 0.15, 'distance with noise 0.5')
  near(t, distance(loud), 2, 0.5, 'distance with noise 2')
})

t.test('features of real images follow from their objects', async (t) => {
  const regionsOf = createObjectRegions({ seed: 1, width: 16, noise: 0.1 })
  t.same(regionsOf(25, ['giraffe', 'person']), regionsOf(25, ['giraffe', 'person']))
  t.notSame(regionsOf(25, ['giraffe', 'person']).features, regionsOf(26, ['giraffe', 'person']).features)
  for (const objects of [[], ['dog'], Array.from({ length: 40 }, (_, i) => `object ${i}`)]) {
    const regions = regionsOf('id', objects)
    check(t, regions, 16, 640, 480)
    t.ok(regions.count >= 1 && regions.count <= 50, `${regions.count} regions of ${objects.length} objects`)
  }
})

t.test('the world of a seed is the one that it always was', async (t) => {
  const { regions, captions } = createWorld({ seed: 1, width: 256, noise: 0.5, captions: 5 })(1101)
  const digest = createHash('sha256')
    .update(regions.features)
    .update(regions.boxes)
    .update(captions.join('\n'))
  t.equal(
    digest.digest('hex'),
    '7239c1397710fb5997546979f974a333b4fa3b8725877b19f32a1af393b51981',
    'features, boxes and captions',
  )
  t.same(regions.classes, ['boat', 'boat', 'snow', 'boat', 'boat', 'part of boat', 'snow', 'girl'])
})

function check(t: Test, { features, boxes, count }: Regions, wide: number, width: number, height: number) {
  if (features.length !== count * wide || boxes.length !== count * 4) t.fail('lengths')
  if (!features.every(Number.isFinite)) t.fail('a feature is not finite')
  for (let n = 0; n < count; n++) {
    const [x1 = NaN, y1 = NaN, x2 = NaN, y2 = NaN] = boxes.subarray(4 * n, 4 * n + 4)
    if (!(x1 >= 0 && x1 < x2 && x2 <= width && y1 >= 0 && y1 < y2 && y2 <= height))
      t.fail(`box ${[x1, y1, x2, y2]}`)
  }
}
