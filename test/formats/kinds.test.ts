/** Files of the wrong kind are named. */
import t from 'tap'
import { binaryKind, describeStart } from '../../lib/formats/kinds.js'

t.test('kinds by their first bytes', async (t) => {
  const kind = (text: string) => binaryKind(Buffer.from(text, 'latin1'))
  t.match(kind('PK\x03\x04...'), /a zip archive \(such as a PyTorch checkpoint/)
  t.equal(kind('\xff\xd8\xff\xe0'), 'a JPEG image')
  t.equal(kind('\x93NUMPY\x01\0'), 'a NumPy array (.npy)')
  t.equal(kind('\x89HDF\r\n\x1a\n'), 'an HDF5 file')
  t.equal(kind('RIFF....WEBPVP8 '), 'a WebP image')
  t.equal(kind(`${'\0'.repeat(16)}\xde\xc0\xef\xbe`), 'an LMDB database')
  t.equal(kind(`${'a'.repeat(257)}ustar`), 'a tar archive')
  t.equal(kind('\xff\xfea\0b\0'), 'text in UTF-16')
  t.equal(kind('\x80\x04\x95'), 'a Python pickle')
  t.equal(kind('\x01\x02\x03abc'), 'a binary file')
  t.equal(kind('a man\n\ttwo\r\n'), undefined)
  t.equal(kind(''), undefined)
  t.equal(
    binaryKind(Buffer.from(`${'x'.repeat(511)}é`)),
    undefined,
    'a character cut at the end of what is looked at',
  )
})

t.test('what a file is, for messages, never its bytes', async (t) => {
  t.equal(describeStart(Buffer.alloc(0)), 'an empty file')
  t.equal(describeStart(Buffer.from(' \n{"a":1}')), 'a file that starts with "{\\"a\\":1}"')
  t.equal(describeStart(Buffer.from('caf\xe9 au lait', 'latin1')), 'text that is not UTF-8')
  t.equal(
    describeStart(Buffer.from('\x1b[31mred\x1b[0m')),
    'a file that starts with "\\u001b[31mred\\u001b[0m"',
  )
})
