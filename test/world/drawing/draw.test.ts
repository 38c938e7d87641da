/** The drawings of the fixture world: every thing, deterministic, in its colour and place. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { drawScene, drawingOf } from '../../../lib/world/drawing/draw.js'
import { paintOf } from '../../../lib/world/drawing/paint.js'
import { renderPng } from '../../../lib/world/drawing/png.js'
import { writeDrawings } from '../../../lib/world/drawing/write.js'
import { imageSize } from '../../../lib/world/detector.js'
import type { Posture } from '../../../lib/world/layout.js'
import { colours, kinds, places } from '../../../lib/world/things.js'
import { createWorld } from '../../../lib/world/world.js'

const image = createWorld({ seed: 1, width: 1, noise: 0, captions: 1 })
const postures: readonly (Posture | undefined)[] = [undefined, 'standing', 'walking', 'lying', 'playing', 'riding', 'holding', 'sitting'] // prettier-ignore

t.test('every thing has a drawing of its own, in its colour', async (t) => {
  const seen = new Map<string, string>()
  for (const { name, category } of kinds) {
    const drawing = drawingOf(name, undefined).draw(paintOf('white'))
    t.equal(seen.get(drawing), undefined, name)
    seen.set(drawing, name)
    for (const colour of colours[category] ?? colours.any)
      for (const posture of postures) {
        const paint = paintOf(colour)
        const drawn = drawingOf(name, posture).draw(paint)
        if (!drawn.includes(paint.fill) && !drawn.includes(paint.light)) t.fail(`${name} is not ${colour}`)
        if (/NaN|undefined/.test(drawn)) t.fail(`${name} ${posture ?? ''}: ${drawn}`)
      }
  }
  t.throws(() => drawingOf('unicorn', undefined), /no drawing of unicorn/)
})

t.test('what people and animals do can be seen', async (t) => {
  const paint = paintOf('red')
  const drawn = (kind: string, of: readonly Posture[]) =>
    new Set(of.map((posture) => drawingOf(kind, posture).draw(paint))).size
  for (const kind of ['man', 'woman', 'boy', 'girl'])
    t.equal(drawn(kind, ['standing', 'walking', 'lying', 'playing', 'riding', 'holding', 'sitting']), 7, kind)
  for (const kind of ['dog', 'cat', 'bird', 'sheep', 'cow', 'zebra', 'giraffe'])
    t.equal(drawn(kind, ['standing', 'walking', 'lying', 'playing']), 4, kind)
})

t.test('an image is drawn the same twice, to the byte of its PNG', async (t) => {
  const png = await renderPng(drawScene(image(7).layout))
  t.ok(png.equals(await renderPng(drawScene(createWorld({ seed: 1, width: 9, noise: 1, captions: 2 })(7).layout)))) // prettier-ignore
  t.notOk(png.equals(await renderPng(drawScene(image(8).layout))))
  const { format, ...size } = await sharp(png).metadata()
  t.match({ format, ...size }, { format: 'png', ...imageSize, channels: 3 })
})

t.test('places look different', async (t) => {
  const { scene, ...rest } = image(1).layout
  const drawn = places.map((place) => drawScene({ scene: { ...scene, place }, ...rest }))
  t.equal(new Set(drawn).size, places.length)
})

t.test('a thing is where its box is', async (t) => {
  // Balls fill their boxes: the middle half of a ball's box is mostly of its colour, or a tone of it.
  const alone = Array.from({ length: 400 }, (_, i) => image(i + 1).layout).filter(
    ({ scene, object }) =>
      scene.object.kind.name === 'ball' && object.spots.length === 1 && scene.relation === 'holding',
  )
  t.ok(alone.length > 1, `${alone.length} balls in hands`)
  for (const layout of alone) {
    const { middle, foot, extent } = layout.object.spots[0]!
    const [width, height] = [extent[0] * imageSize.width, extent[1] * imageSize.height]
    const png = await renderPng(drawScene(layout))
    const at = { left: Math.round(middle * imageSize.width - width / 8), top: Math.round((foot - extent[1] / 2) * imageSize.height - height / 8), width: Math.round(width / 4), height: Math.round(height / 4) } // prettier-ignore
    const { data } = await sharp(png).extract(at).raw().toBuffer({ resolveWithObject: true })
    const paint = paintOf(layout.scene.object.colour)
    const tones = [paint.fill, paint.dark, paint.light].map((tone) => Number.parseInt(tone.slice(1), 16))
    const pixels = data.length / 3
    let own = 0
    for (let i = 0; i < pixels; i++) own += Number(tones.includes(data.readUIntBE(3 * i, 3)))
    t.ok(own > 0.5 * pixels, `${layout.scene.object.colour} ball: ${own} of ${pixels} pixels`)
  }
})

t.test('drawings are written by name, and a signal stops them', async (t) => {
  const folder = t.testdir({})
  const drawn = [1, 2, 3, 4, 5, 6].map((id) => ({ name: `image ${id}`, layout: image(id).layout }))
  t.equal(await writeDrawings(join(folder, 'all'), drawn), true)
  t.equal(readdirSync(join(folder, 'all')).length, 6)
  const expected = await renderPng(drawScene(image(3).layout))
  t.ok(readFileSync(join(folder, 'all', 'image 3.png')).equals(expected))
  t.equal(await writeDrawings(join(folder, 'none'), drawn, { signal: AbortSignal.abort() }), false)
  t.same(readdirSync(join(folder, 'none')), [])
  await t.rejects(writeDrawings(join(folder, 'all', 'image 3.png'), drawn), { name: 'DataError' })
})
