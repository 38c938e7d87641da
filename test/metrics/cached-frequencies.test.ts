/** CIDEr's cached document frequencies. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readDocumentFrequencies } from '../../lib/metrics/cached-frequencies.js'
import { dict, text, tuple } from '../formats/pickle/protocol0.js'

t.test('document frequencies', async (t) => {
  const file = join(t.testdir(), 'words.p')
  const read = (pickle: string) => {
    writeFileSync(file, `${pickle}.`, 'latin1')
    return readDocumentFrequencies(file)
  }
  const table = `ccollections\ndefaultdict\n${tuple('c__builtin__\nfloat\n')}R`
  const entries = `(${tuple(text('a'))}F40.0\n${tuple("S'a'\n", text('dog'))}F2.0\nu`
  const frequencies = (length: string) =>
    dict(text('document_frequency'), table + entries, text('ref_len'), length)
  const expected = new Map([
    ['a', 40],
    ['a dog', 2],
  ])
  t.same(await read(frequencies('F50.0\n')), { frequencies: expected, documents: 50 })
  const { documents } = await read(frequencies(`F${Math.log(50)}\n`))
  t.equal(documents, 50, 'some files hold the logarithm')
  await t.rejects(read(dict()), /expected a pickled dict with document_frequency and ref_len/)
  await t.rejects(
    read(dict(text('document_frequency'), dict('I1\n', 'I2\n'), text('ref_len'), 'I9\n')),
    /got 1: 2/,
  )
})
