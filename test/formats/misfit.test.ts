/** Messages of zod errors. */
import t from 'tap'
import { z } from 'zod'
import { misfitOf } from '../../lib/formats/misfit.js'

t.test('a field is named by its path, a number as an index', async (t) => {
  const schema = z.object({ sentences: z.array(z.object({ raw: z.string() })) })
  const missing = schema.safeParse({ sentences: [{ raw: 'a' }, {}] }).error!
  t.equal(misfitOf(missing), 'sentences[1].raw: expected string, got nothing')
  t.equal(misfitOf(missing, 'images[3]'), 'images[3].sentences[1].raw: expected string, got nothing')
  t.equal(misfitOf(schema.safeParse(3).error!), 'expected object, got number', 'the value itself has no name')
  t.equal(misfitOf(schema.safeParse(3).error!, 'images[3]'), 'images[3]: expected object, got number')
})
