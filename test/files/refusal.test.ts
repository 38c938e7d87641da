/** What the system refuses, as messages. */
import { join } from 'node:path'
import t from 'tap'
import { readWhole, withFile } from '../../lib/files/read.js'
import { makeDirectory, replaceFile } from '../../lib/files/replace.js'

t.test('what the system refuses is said in words, with the file and the code', async (t) => {
  const folder = t.testdir({ file: 'text', sub: {} })
  const at = (name: string) => join(folder, name)
  const nothing = async () => undefined
  const refused = (name: string, message: RegExp) => ({ name: 'DataError', code: name, message })
  await t.rejects(
    readWhole(at('none')),
    refused('ENOENT', /^cannot read .*none: ENOENT, there is no such file$/),
  )
  await t.rejects(readWhole(folder), refused('EISDIR', /EISDIR, expected a file, got a directory$/))
  await t.rejects(
    withFile(folder, (handle) => handle.read(Buffer.alloc(1), 0, 1, 0)),
    refused('EISDIR', /^cannot read .*: EISDIR, expected a file, got a directory$/),
  )
  await t.rejects(
    replaceFile(at('none/file'), nothing),
    refused('ENOENT', /^cannot write .*none.file: ENOENT, there is no directory .*none to hold it$/),
  )
  await t.rejects(
    replaceFile(at('sub'), nothing),
    refused('EISDIR', /EISDIR, there is a directory of this name$/),
  )
  await t.rejects(makeDirectory(at('file')), refused('EEXIST', /EEXIST, there is a file of this name$/))
  await t.rejects(makeDirectory(at('file/sub')), refused('ENOTDIR', /ENOTDIR, .*file is not a directory$/))
})

t.test('what is not the system does not become bad data', async (t) => {
  const folder = t.testdir({ file: 'text' })
  const bug = async () => {
    throw new TypeError('a bug')
  }
  await t.rejects(withFile(join(folder, 'file'), bug), { name: 'TypeError' })
  await t.rejects(replaceFile(join(folder, 'file'), bug), { name: 'TypeError' })
})
