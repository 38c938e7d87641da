/** The Penn Treebank tokenizer of the COCO caption evaluation. */

import { checkLength } from '../caption-length.js'
import { createLexer, type Scan } from './lexer.js'
import { ptbRules, type PtbRule } from './rules.js'

/**
 * The words of captions as the COCO caption evaluation compares them: tokens of Stanford's Penn Treebank tokenizer
 * (CoreNLP 3.4.1, `-preserveLines -lowerCase`) without the punctuation that coco-caption removes.
 *
 * As there, the captions are one stream: whether the dot of "Inc." at the end of a caption also ends a sentence depends on
 * the first word of the next caption. Unlike there, a caption is always one line: line breaks in it count as blanks.
 */
export function ptbTokenize(captions: readonly string[]): string[][] {
  return linesOf(captions.map(oneLine).join('\n'), captions.length, punctuation)
}

/** The same as one string per caption, which coco-caption's scorers split again. Tokens may hold no-break spaces. */
export function ptbLines(captions: readonly string[]): string[] {
  return ptbTokenize(captions).map((tokens) => tokens.join(' '))
}

/** All tokens of the captions, punctuation included. */
export function ptbTokenizeWithPunctuation(captions: readonly string[]): string[][] {
  return linesOf(captions.map(oneLine).join('\n'), captions.length, nothing)
}

/**
 * Tokenizes a stream of groups of captions, such as the captions of an image, with the same tokens as for all at once. A
 * group is held back until the captions after it decide how it ends, which takes one or two groups.
 *
 * @yields each group with the tokens of its captions, punctuation removed
 */
export async function* ptbTokenizeStream<Group>(
  groups: AsyncIterable<Group>,
  captionsOf: (group: Group) => readonly string[],
): AsyncGenerator<[group: Group, tokens: string[][]]> {
  let held: { group: Group; captions: readonly string[] }[] = []
  for await (const group of groups) {
    const captions = captionsOf(group)
    const last = held.at(-1)
    if (last && held.length > 1 && settles([...last.captions, ...captions])) {
      yield* release(held.slice(0, -1), [...last.captions, ...captions])
      held = [last]
    }
    held.push({ group, captions })
  }
  yield* release(held, [])
}

function* release<Group>(
  held: readonly { group: Group; captions: readonly string[] }[],
  ahead: readonly string[],
): Generator<[Group, string[][]]> {
  const captions = held.flatMap(({ captions }) => captions)
  const lines = linesOf([...captions, ...ahead].map(oneLine).join('\n'), captions.length, punctuation)
  let line = 0
  for (const { group, captions } of held) yield [group, lines.slice(line, (line += captions.length))]
}

/** Whether captions decide how the one before them ends: they have its next word and the gap after that. */
const settles = (captions: readonly string[]) =>
  captions.slice(0, -1).some((caption) => caption.trim() !== '')

/** The tokens of the first `count` lines of a text, without those in `dropped`. */
function linesOf(text: string, count: number, dropped: ReadonlySet<string>): string[][] {
  const reading = readingOf(text, dropped)
  const lines: string[][] = []
  for (let at = 0; lines.length < count; at++) {
    const tokens: string[] = []
    while (at < text.length && text.charCodeAt(at) !== newline) at = readToken(reading, at, tokens)
    lines.push(tokens)
  }
  return lines
}

/** A text that is being read, and the tokens to drop. */
interface Reading {
  readonly text: string
  readonly scan: Scan<PtbRule>
  readonly dropped: ReadonlySet<string>
}

const readingOf = (text: string, dropped: ReadonlySet<string>): Reading => ({
  text,
  scan: scanner(text),
  dropped,
})

const newline = 10
const space = 32
const isLetter = (unit: number) => (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90)

/**
 * Reads on from `at` and adds at most one token; a word of letters before a blank is read as a whole, and its tokens are
 * remembered. That is correct because no rule that begins with a letter looks past a blank or a line's end unless a sign
 * came first, and only the rule for blanks begins with one.
 */
function readToken(reading: Reading, at: number, tokens: string[]): number {
  const { text } = reading
  if (text.charCodeAt(at) === space) return at + 1
  let end = at
  while (isLetter(text.charCodeAt(end))) end++
  const after = text.charCodeAt(end)
  if (end === at || (after !== space && after !== newline)) return readLexeme(reading, at, tokens)
  const word = text.slice(at, end)
  let known = words.get(word)
  if (!known) {
    known = []
    const alone = readingOf(`${word} `, nothing)
    for (let place = 0; place < word.length;) place = readLexeme(alone, place, known)
    if (words.size >= maxWords) words.clear()
    words.set(word, known)
  }
  for (const token of known) tokens.push(token)
  return end
}

const words = new Map<string, string[]>()
const maxWords = 100_000

/** Skips what no rule matches: halves of emoji, and characters that Unicode did not have when the rules were made. */
function readLexeme({ scan, text, dropped }: Reading, at: number, tokens: string[]): number {
  const lexeme = scan(at)
  if (!lexeme) return at + 1
  const { rule, end } = lexeme
  const matched = text.slice(at, end)
  const token = (rule.token ? rule.token(matched) : matched)?.toLowerCase()
  if (token !== undefined && !dropped.has(token)) tokens.push(token)
  return end - rule.back
}

/** A caption in one line: its line breaks become blanks. */
const oneLine = (caption: string) => checkLength(caption).replace(/[\n\r\v\f\u0085\u2028\u2029]/g, ' ')

/** What coco-caption drops. Its list has `-LRB-` and similar too, but tokens are in lower case: brackets stay. */
const punctuation = new Set(["''", "'", '``', '`', '.', '?', '!', ',', ':', '-', '--', '...', ';'])
const nothing: ReadonlySet<string> = new Set()

/** A scanner of a text. The lexer is built when first needed, so that other commands do not wait for it. */
function scanner(text: string): Scan<PtbRule> {
  lexer ??= createLexer(ptbRules)
  return lexer(text)
}

let lexer: ReturnType<typeof createLexer<PtbRule>> | undefined
