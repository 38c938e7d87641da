/** Files are written whole or not at all. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { replaceFile, writeFully } from '../../lib/files/replace.js'

t.test('replaceFile', async (t) => {
  const folder = t.testdir({ file: 'old' })
  const file = join(folder, 'file')
  await t.rejects(
    replaceFile(file, async (handle) => {
      await writeFully(handle, Buffer.from('half of the n'))
      throw new Error('disk full')
    }),
    /disk full/,
  )
  t.equal(readFileSync(file, 'utf8'), 'old', 'a failure leaves the old file')
  await replaceFile(file, (handle) => writeFully(handle, Buffer.from('new')))
  t.equal(readFileSync(file, 'utf8'), 'new')
  t.same(readdirSync(folder), ['file'], 'and no temporary one')
  await t.rejects(
    replaceFile(join(folder, 'none', 'file'), async () => undefined),
    { code: 'ENOENT' },
  )
})
