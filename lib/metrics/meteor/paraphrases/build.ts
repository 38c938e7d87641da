/** Reads METEOR's paraphrase table into arrays. */
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { codeOf, DataError, messageOf } from '../../../errors.js'
import { checkRatio } from '../../../files/gunzip.js'
import { createPhraseTrie } from './trie.js'
import type { ParaphraseTable } from './table.js'
import { nextOne, nextOther } from './word-key.js'

/**
 * Reads METEOR's paraphrase table: gzipped lines by threes, a probability and two phrases, of which the first may be
 * replaced with the second. It is streamed, so its 270 MB are never in memory at once.
 *
 * @throws DataError for a file that is not gzip, is cut short, or whose lines do not come in threes
 */
export async function buildParaphrases(file: string): Promise<ParaphraseTable> {
  const trie = createPhraseTrie()
  const lines = createPairReader(trie, file)
  const source = createReadStream(file, { highWaterMark: 1 << 20 })
  const gunzip = createGunzip({ chunkSize: 1 << 20 })
  source.on('error', (error) => gunzip.destroy(error))
  try {
    let unpacked = 0
    for await (const chunk of source.pipe(gunzip)) {
      const bytes = chunk as Uint8Array // a gunzip stream yields Buffers
      unpacked += bytes.length
      checkRatio({ packed: source.bytesRead, unpacked }, file)
      lines.read(bytes)
    }
  } catch (error) {
    if (error instanceof DataError) throw error
    const why = codeOf(error) === 'Z_BUF_ERROR' ? 'it is cut short' : messageOf(error)
    throw new DataError(
      `${file}: expected METEOR's paraphrase table, gzipped: ${why}. Fetch it again (m2 meteor-data --from pip).`,
    )
  } finally {
    source.destroy()
  }
  lines.end()
  return trie.finish()
}

const [newline, carriage, blank, tab, formFeed] = [10, 13, 32, 9, 12]

/** UTF-8 bytes to pairs of phrases; words become numbers on the way, and are never strings. */
function createPairReader(trie: ReturnType<typeof createPhraseTrie>, file: string) {
  let line = 0
  let one = 0
  let other = 0
  let inWord = false
  let rest = 0 // bytes of the character still to come
  let code = 0
  let phrase = trie.root
  let first = trie.root
  let isNumber = false // of a probability: whether a digit was seen

  function addUnit(unit: number): void {
    one = nextOne(one, unit)
    other = nextOther(other, unit)
    inWord = true
  }

  /** Keys are over UTF-16. */
  function addCharacter(code: number): void {
    if (code >= 0x10000) addUnit(0xd800 + ((code - 0x10000) >> 10))
    addUnit(code < 0x10000 ? code : 0xdc00 + ((code - 0x10000) & 0x3ff))
  }

  function endWord(): void {
    if (inWord) phrase = trie.next(phrase, trie.word(one, other))
    inWord = false
    one = 0
    other = 0
  }

  function endLine(): void {
    endWord()
    const role = line % 3
    if (role === 0 ? !isNumber : phrase === trie.root)
      throw new DataError(
        `${file}:${line + 1}: expected METEOR's paraphrase table: a probability, then two phrases, line by line; got no ${role === 0 ? 'probability' : 'phrase'}`,
      )
    if (role === 1) first = phrase
    if (role === 2) trie.addPair(first, phrase)
    phrase = trie.root
    isNumber = false
    line++
  }

  return {
    read(bytes: Uint8Array) {
      for (let i = 0; i < bytes.length; i++) {
        const byte = bytes[i]!
        if (byte === newline) endLine()
        else if (line % 3 === 0) isNumber ||= byte >= 48 && byte < 58
        else if (byte === blank || byte === tab || byte === carriage || byte === formFeed) endWord()
        else if (byte < 0x80) {
          addUnit(byte)
        } else if (byte >= 0xc0) {
          rest = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1
          code = byte & (0x3f >> rest)
        } else {
          code = (code << 6) | (byte & 0x3f)
          if (--rest === 0) addCharacter(code)
        }
      }
    },
    end() {
      if (phrase !== trie.root || inWord) endLine()
      if (line === 0 || line % 3 !== 0)
        throw new DataError(
          `${file}: expected METEOR's paraphrase table, lines by threes, got ${line} lines. Fetch it again (m2 meteor-data --from pip).`,
        )
    },
  }
}
