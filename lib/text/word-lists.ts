/** Vocabularies as other projects write them: a list of words, or self-critical's `ix_to_word`. */
import * as z from 'zod'
import { DataError } from '../errors.js'
import { openText } from '../formats/text.js'
import { text } from 'node:stream/consumers'

const idToWord = z.record(z.string().regex(/^\d+$/), z.string())
const listed = z.union([
  z.array(z.string()),
  z.object({ ix_to_word: idToWord }).transform(({ ix_to_word: words }) => inOrder(words)),
  z
    .object({ word_to_ix: z.record(z.string(), z.number().int()) })
    .transform(({ word_to_ix: ids }) => Object.keys(ids).sort((a, b) => ids[a]! - ids[b]!)),
  idToWord.transform(inOrder),
])

/** The words of a file, gzipped or not; undefined where it is a vocabulary of m2, or no list of words. */
export async function wordsIn(file: string): Promise<string[] | undefined> {
  const { start, bytes, close } = await openText(file)
  if (/"counts"\s*:/.test(start) || /^\s*\{\s*"words"/.test(start)) {
    await close()
    return undefined
  }
  const content = await text(bytes)
  if (!/^\s*[[{]/.test(start)) return ownWords(wordsOfLines(content), file)
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    return undefined // readVocabulary says what is wrong with it
  }
  const words = wordsOfJson(value)
  return words && ownWords(words, file)
}

/** The words of a JSON value: a list, self-critical's and neuraltalk2's `ix_to_word`, or `word_to_ix`; else undefined. */
function wordsOfJson(value: unknown): string[] | undefined {
  const { data } = listed.safeParse(value)
  return data
}

/** One word a line; a count or id after a blank or tab is left out. */
const wordsOfLines = (text: string): string[] =>
  text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim().split(/[\t ]+/)[0]!]))

function inOrder(words: Readonly<Record<string, string>>): string[] {
  const ids = Object.keys(words).sort((a, b) => Number(a) - Number(b))
  return ids.map((id) => words[id]!)
}

/** Words of another project without its special words, whatever it calls them. Throws DataError where one is there twice. */
function ownWords(words: readonly string[], file: string): string[] {
  const own = words.filter((word) => !theirs.has(word.toLowerCase()))
  const counted = new Set(own)
  const twice = counted.size < own.length ? own.find((word, i) => own.indexOf(word) !== i) : undefined
  if (twice !== undefined) throw new DataError(`${file}: the word ${JSON.stringify(twice)} is there twice`)
  if (own.length === 0) throw new DataError(`${file}: expected words, one a line, got none`)
  return own
}

const theirs = new Set(
  '<unk> <pad> <bos> <eos> <start> <end> <s> </s> [unk] [pad] [cls] [sep] unk <nul> <null>'.split(' '),
)
