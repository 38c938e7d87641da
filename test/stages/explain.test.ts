import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { writeModelDirectory } from '../../lib/checkpoint/directory.js'
import { writeRegions } from '../../lib/world/write.js'
import { initialParameters } from '../../lib/model/parameters.js'
import { resolveOptions } from '../../lib/options.js'
import explain from '../../lib/stages/explain.js'
import { tinyConfig, tinyVocabulary } from '../checkpoint/models.js'
import { collect, listen, stream } from './collect.js'

const folder = mkdtempSync(join(tmpdir(), 'm2-explain-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const model = join(folder, 'model')
const file = join(folder, 'features.hdf5')

t.before(async () => {
  const parameters = initialParameters(tinyConfig, 2)
  await writeModelDirectory(model, {
    config: { model: tinyConfig },
    parameters,
    vocabulary: tinyVocabulary(),
  })
  const regions = {
    features: Float32Array.from({ length: 10 }, (_, i) => (i % 7) - 3),
    boxes: Float32Array.of(0, 0, 10, 20, 1.25, 2, 8, 9),
    count: 2,
  }
  await writeRegions(file, [{ id: 7, regions }])
})

const reference = { file, dataset: '7_features', shape: [2, 5] as [number, number] }

interface Explained {
  attributions: {
    method: string
    words: { word: string; regions: number[]; log_prob?: number; baseline_log_prob?: number }[]
  }
  boxes?: number[][]
  more?: string
}

async function run(records: Parameters<typeof explain.run>[0], method: 'attention' | 'gradients') {
  const options = resolveOptions(explain.options!, { model, method, steps: 5, engine: 'cpu' }, {}, {})
  const { context } = listen('explain')
  // The stage yields plain objects; what they hold is what is tested here.
  return (await collect(explain.run(records, options as never, context))) as Explained[]
}

t.test('adds attributions and boxes, and keeps the rest', async (t) => {
  const record = { image_id: 7, features: reference, caption: 'a man', more: 'kept' }
  for (const method of ['attention', 'gradients'] as const) {
    const [explained] = await run(stream([record]), method)
    t.match(explained, { more: 'kept', boxes: [[0, 0, 10, 20], [1.25, 2, 8, 9]], attributions: { method } }) // prettier-ignore
    t.same(explained!.attributions.words.map(({ word }) => word), ['a', 'man']) // prettier-ignore
    for (const word of explained!.attributions.words) {
      t.equal(word.regions.length, 2)
      t.equal(typeof word.log_prob, method === 'gradients' ? 'number' : 'undefined')
      t.equal(typeof word.baseline_log_prob, method === 'gradients' ? 'number' : 'undefined')
    }
  }
})

t.test('words are what the model said: the ids of its beam, or raw', async (t) => {
  const record = { image_id: 7, features: reference, caption: 'a man', raw: 'a a man' }
  const beams = [
    { caption: 'man', ids: [5, 3] },
    { caption: 'a man', ids: [4, 5, 5, 3] },
  ]
  const words = async (more: object) =>
    (await run(stream([{ ...record, ...more }]), 'attention'))[0]!.attributions.words.map(({ word }) => word)
  t.same(await words({}), ['a', 'a', 'man'])
  t.same(await words({ beams }), ['a', 'man', 'man'])
  t.same(await words({ raw: undefined, caption: 'a  dog' }), ['a', 'dog'], 'a word unknown to the model')
})

t.test('inline features have no boxes of their own', async (t) => {
  const data = Buffer.from(new Float32Array(5).fill(1).buffer).toString('base64')
  const features = { data, shape: [1, 5] as [number, number], dtype: 'float32' as const }
  const [explained] = await run(stream([{ image_id: 7, features, caption: 'man' }]), 'attention')
  t.equal(explained!.boxes, undefined)
  t.equal(explained!.attributions.words[0]!.regions.length, 1)
})

t.test('says what it cannot explain', async (t) => {
  const of = (caption: string) => run(stream([{ image_id: 7, features: reference, caption }]), 'attention')
  t.match(
    await of(' '),
    [{ attributions: { words: [] } }],
    'an empty caption has nothing to explain, and stops nothing',
  )
  await t.rejects(of('a man a man a'), /the caption has 5 words, the model takes 4/)
})
