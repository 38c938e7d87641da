/** What a file is by its first bytes, so that a file of the wrong kind is named and never printed. */

/**
 * The kind of a file that is not text: `a zip archive (such as a PyTorch checkpoint or .npz)`.
 *
 * @param start its first bytes
 * @returns undefined for text
 */
export function binaryKind(start: Uint8Array): string | undefined {
  const bytes = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, looked))
  for (const [kind, magic, at = 0] of kinds)
    if (bytes.subarray(at, at + magic.length).equals(magic)) return kind
  const control = bytes.filter(isControl).length
  return control > bytes.length / 20 ? 'a binary file' : undefined
}

/** What is there, for errors: the kind of a binary file, or how a text begins. */
export function describeStart(start: Uint8Array): string {
  if (start.length === 0) return 'an empty file'
  const kind = binaryKind(start)
  if (kind !== undefined) return kind
  const bytes = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, looked))
  if (!isText(bytes)) return 'text that is not UTF-8'
  const text = bytes.toString('utf8').trimStart()
  return `a file that starts with ${JSON.stringify(text.slice(0, 40))}`
}

const looked = 512
const latin1 = (text: string) => Buffer.from(text, 'latin1')

/** By the most particular first. */
const kinds: readonly (readonly [kind: string, magic: Buffer, at?: number])[] = [
  ['a zip archive (such as a PyTorch checkpoint or an .npz file)', latin1('PK\x03\x04')],
  ['a zip archive', latin1('PK\x05\x06')],
  ['a PyTorch checkpoint (legacy)', latin1('\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19')],
  ['an HDF5 file', latin1('\x89HDF\r\n\x1a\n')],
  ['a NumPy array (.npy)', latin1('\x93NUMPY')],
  ['a JPEG image', latin1('\xff\xd8\xff')],
  ['a PNG image', latin1('\x89PNG')],
  ['a GIF image', latin1('GIF8')],
  ['a TIFF image', latin1('II*\0')],
  ['a TIFF image', latin1('MM\0*')],
  ['a WebP image', latin1('WEBP'), 8],
  ['an LMDB database', latin1('\xde\xc0\xef\xbe'), 16],
  ['a SQLite database', latin1('SQLite format 3')],
  ['a gzip file', latin1('\x1f\x8b')],
  ['a bzip2 file', latin1('BZh')],
  ['an xz file', latin1('\xfd7zXZ')],
  ['a Zstandard file', latin1('\x28\xb5\x2f\xfd')],
  ['a 7z archive', latin1("7z\xbc\xaf'\x1c")],
  ['a RAR archive', latin1('Rar!')],
  ['a tar archive', latin1('ustar'), 257],
  ['a PDF document', latin1('%PDF')],
  ['a Parquet file', latin1('PAR1')],
  ['an Arrow file', latin1('ARROW1')],
  ['a TFRecord file or another binary file', latin1('\0\0\0\0'), 4],
  ['text in UTF-16', latin1('\xff\xfe')],
  ['text in UTF-16', latin1('\xfe\xff')],
  ['a Python pickle', latin1('\x80\x02')],
  ['a Python pickle', latin1('\x80\x03')],
  ['a Python pickle', latin1('\x80\x04')],
  ['a Python pickle', latin1('\x80\x05')],
]

/** Control characters that text does not have. */
const isControl = (byte: number) => byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b)

/** Whether the bytes are UTF-8, but for a character cut at their end. */
function isText(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
