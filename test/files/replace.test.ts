/** Files are written whole or not at all. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeDirectory, makeDirectorySync, replaceFile, writeFully } from '../../lib/files/replace.js'
import { replaceTogether } from '../../lib/files/transaction.js'

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

t.test('directories are made with their parents, and what cannot be made is an error at once', async (t) => {
  const folder = t.testdir({ file: '' })
  for (let i = 0; i < 2; i++) await makeDirectory(join(folder, 'a', 'b', 'c'))
  t.same(readdirSync(join(folder, 'a', 'b')), ['c'])
  makeDirectorySync('/')
  await t.rejects(makeDirectory(join(folder, 'file', 'x', 'y')), { name: 'DataError', code: 'ENOTDIR' })
})

const noProc = process.platform === 'linux' ? false : 'a system without /proc'
t.test(
  'where a directory takes no others, as /proc does, there is no endless loop',
  { skip: noProc },
  async (t) => {
    for (const path of ['/proc/x', '/proc/x/y/z'])
      await t.rejects(makeDirectory(path), {
        name: 'DataError',
        code: 'ENOENT',
        message: /^cannot write \/proc\/x: ENOENT, the system makes no directory in \/proc$/,
      })
  },
)

t.test('a set of files that cannot be written leaves no new directory behind', async (t) => {
  const folder = t.testdir({ there: { kept: 'kept' } })
  const fails = async () => {
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  }
  for (const name of ['new', 'there']) {
    const files = { a: (path: string) => replaceFile(path, async () => undefined), b: fails }
    await t.rejects(replaceTogether(join(folder, name), files), {
      name: 'DataError',
      message: /cannot write .*: ENOSPC, no space left on the disk/,
    })
  }
  t.same(readdirSync(folder), ['there'])
  t.same(readdirSync(join(folder, 'there')), ['kept'])
})
