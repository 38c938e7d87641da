/** The captions of the page, as many as it has room for. */
import t from 'tap'
import { gallery } from '../../lib/report/gallery.js'

const ranked = Array.from({ length: 3000 }, (_, i) => ({
  prediction: {
    image_id: i,
    caption: `a caption of image ${i}`,
    captions: ['what people wrote', 'about the image'],
    attributions: { method: 'attention', words: [{ word: 'a', regions: [0.75, 0.25] }] },
    boxes: [[0, 0, 10, 10], [5, 5, 20, 20]] as [number, number, number, number][], // prettier-ignore
  },
  score: (i * 7919) % 3000,
  others: [],
}))
const options = { label: 'SCST', metric: 'CIDEr-D', show: 12 }
const cardsOf = (markup: string) => markup.match(/<article/g)?.length ?? 0

t.test('all captions where there is room, the first of them shown at once', async (t) => {
  const { content, ...counts } = await gallery(ranked, { ...options, room: 1e7 })
  t.same(counts, { cards: 3000, pictures: 0, explained: 3000 })
  const [shown = '', waiting = ''] = content.markup.split('<template')
  t.same([cardsOf(shown), cardsOf(waiting)], [12, 2988])
})

t.test('with less room first regions go, then captions', async (t) => {
  const some = await gallery(ranked, { ...options, room: 2e6 })
  t.ok(some.explained < some.cards, `${some.explained} of ${some.cards} cards have regions`)
  const few = await gallery(ranked, { ...options, room: 2e5 })
  t.ok(few.cards > 50 && few.cards < 3000, `${few.cards} cards in 200 kB`)
  t.ok(few.content.markup.length < 2.2e5, `${few.content.markup.length} bytes`)
  t.match(few.content.markup, /room for \d+ of 3,000 captions/)
})

t.test('captions without scores stay in their order', async (t) => {
  const plain = ranked.slice(0, 4).map(({ prediction }) => ({ prediction }))
  const { content } = await gallery(plain, { ...options, room: 1e6 })
  t.same(content.markup.match(/image \d(?=<\/span>)/g), ['image 0', 'image 1', 'image 2', 'image 3'])
  t.notMatch(content.markup, /value="best"/)
})
