/**
 * The references that rewards and validation score captions against. They are the PTB tokens of a record's captions, as in the
 * reference, whatever tokens it is trained on: those of `m2 tokenize` are the captions by other rules. But tokens that no rule
 * here makes of the captions are the record's own, and then they are its references: by a segmenter of Chinese or Japanese,
 * say, which the PTB rules leave in one piece.
 */
import { DataError } from '../errors.js'
import { ptbTokenize } from '../text/ptb/ptb.js'
import { captionTokens } from '../text/spacy/spacy.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { ImageId } from '../records.js'

/** What is known of an image's references. */
export interface Referenced {
  readonly id: ImageId
  /** The captions as text. */
  readonly texts: readonly string[]
  /** The record's own tokens, where they are its references. */
  readonly tokens?: readonly (readonly string[])[]
}

/** Whether a record's tokens are its own: it has no captions, or no rule here makes these tokens of them. */
export function areOwn(tokens: readonly (readonly string[])[], captions: unknown): boolean {
  if (!Array.isArray(captions) || captions.length !== tokens.length) return true
  const texts = captions.map(String)
  const equal = (made: readonly string[], i: number) =>
    made.length === tokens[i]!.length && made.every((word, j) => word === tokens[i]![j])
  return !texts.map(captionTokens).every(equal) && !ptbTokenize(texts).every(equal)
}

/**
 * The tokens of every example's references, by example.
 *
 * @throws DataError where none of their words is in the vocabulary: no caption could be like its references
 */
export function referencesOf(
  examples: readonly Referenced[],
  vocabulary: Vocabulary,
): readonly (readonly (readonly string[])[])[] {
  const made = ptbTokenize(examples.flatMap(({ texts, tokens }) => (tokens ? [] : texts))).values()
  const references = examples.map(({ texts, tokens }) => tokens ?? texts.map(() => made.next().value!)) // as many as texts
  const words = new Set(vocabulary.words)
  if (!references.some((captions) => captions.some((caption) => caption.some((word) => words.has(word)))))
    throw new DataError(
      `no word of the references is in the vocabulary: "${references[0]?.[0]?.slice(0, 8).join(' ') ?? ''}" of image ` +
        `${examples[0]?.id} has none of its words, so that no caption could be like it. ${advice}`,
    )
  return references
}

export const advice =
  'References are the PTB tokens of "captions"; in a language that they do not split, or by rules of your own, give the ' +
  'words as "tokens" (docs/training.md, References)'

/** How many images' own tokens are scored against instead of their captions; undefined where there are none. */
export function describeReferences(examples: readonly Referenced[]): string | undefined {
  const own = examples.filter(({ texts, tokens }) =>
    tokens?.some((words, i) => words.join(' ') !== texts[i]),
  ).length
  return own === 0 ? undefined : `own tokens of ${own} of ${examples.length} images`
}
