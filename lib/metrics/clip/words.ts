/** CLIP's byte-pair encoding of texts (Radford et al., ICML 2021), from its own merges.txt. */
import { text } from 'node:stream/consumers'
import { DataError } from '../../errors.js'
import { openText } from '../../formats/text.js'

const length = 77 // positions of CLIP's text encoder
const pieces =
  /<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+/giu

/**
 * Reads the merges and gives the encoder of texts: the start, the words' pieces, the end, then zeros; cut to 77.
 *
 * @returns ids and the place of the end of each text
 */
export async function readClipWords(file: string): Promise<(text: string) => { ids: number[]; end: number }> {
  const lines = (await text((await openText(file)).bytes)).split('\n').slice(1, 48_895)
  const merges = lines.filter((line) => line.trim() !== '').map((line) => line.trim().split(' '))
  if (merges.length === 0 || merges.some(({ length }) => length !== 2))
    throw new DataError(`${file}: expected CLIP's merges.txt: a line "#version", then two pieces a line`)
  const letters = bytesAsLetters()
  const vocabulary = [
    ...letters,
    ...letters.map((letter) => `${letter}</w>`),
    ...merges.map((pair) => pair.join('')),
  ]
  const ids = new Map(vocabulary.map((piece, id) => [piece, id]))
  const ranks = new Map(merges.map((pair, rank) => [pair.join(' '), rank]))
  const byByte = byteLetters()
  const [start, stop] = [vocabulary.length, vocabulary.length + 1]
  return (text) => {
    const clean = text.replace(/\s+/g, ' ').trim().toLowerCase()
    const found = Array.from(clean.matchAll(pieces), ([word]) =>
      merge(
        Array.from(Buffer.from(word, 'utf8'), (byte) => byByte[byte]!),
        ranks,
      ),
    ).flat()
    const all = [start, ...found.map((piece) => ids.get(piece) ?? stop).slice(0, length - 2), stop]
    return { ids: [...all, ...Array.from({ length: length - all.length }, () => 0)], end: all.length - 1 }
  }
}

/** Joins the pieces of a word, the pair first that the merges have first. */
function merge(letters: readonly string[], ranks: ReadonlyMap<string, number>): string[] {
  let word = letters.map((letter, i) => (i === letters.length - 1 ? `${letter}</w>` : letter))
  for (;;) {
    let best: string | undefined
    for (let i = 0; i + 1 < word.length; i++) {
      const pair = `${word[i]} ${word[i + 1]}`
      if (ranks.has(pair) && (best === undefined || ranks.get(pair)! < ranks.get(best)!)) best = pair
    }
    if (best === undefined) return word
    const joined: string[] = []
    for (let i = 0; i < word.length; i++)
      if (`${word[i]} ${word[i + 1]}` === best) joined.push(word[i]! + word[++i]!)
      else joined.push(word[i]!)
    word = joined
  }
}

/** Printable bytes stand for themselves; the others get letters from U+0100 on. */
function byteLetters(): string[] {
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++))
}

const isPrintable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173)

/** The letters in the order of CLIP's vocabulary: printable bytes first. */
function bytesAsLetters(): string[] {
  const letters = byteLetters()
  const bytes = Array.from(letters.keys())
  return [...bytes.filter(isPrintable), ...bytes.filter((byte) => !isPrintable(byte))].map(
    (byte) => letters[byte]!,
  )
}
