/** Words of captions in any language: by Unicode's rules and ICU's dictionaries, or character by character. */
import { DataError } from '../errors.js'

/** Languages by their code (BCP 47), such as `ko`, `zh` or `de-CH`. */
export type Language = string

/**
 * Words as Intl.Segmenter finds them (Unicode Standard Annex 29), in lower case, without punctuation. Chinese, Japanese,
 * Thai, Khmer, Lao and Burmese, which write no blanks, are split by the dictionaries inside ICU. Korean is split at
 * blanks, so a noun keeps its particle.
 *
 * @throws DataError where this Node was built without ICU's data for the language
 */
export function unicodeTokenizer(language: Language): (caption: string) => string[] {
  const segmenter = segmenterOf(language)
  return (caption) =>
    Array.from(segmenter.segment(normalized(caption, language)))
      .filter(({ isWordLike }) => isWordLike)
      .map(({ segment }) => segment)
}

/**
 * Characters as a reader sees them (grapheme clusters of Annex 29), in lower case, without punctuation and blanks: needs no
 * dictionary, and is what many Chinese and Japanese captioning papers score.
 */
export function characterTokenizer(language: Language): (caption: string) => string[] {
  const segmenter = segmenterOf(language, 'grapheme')
  return (caption) =>
    Array.from(segmenter.segment(normalized(caption, language)), ({ segment }) => segment).filter((segment) =>
      /[\p{L}\p{N}\p{S}]/u.test(segment),
    )
}

/** Full-width letters and digits become plain ones (NFKC): they are the same word. */
const normalized = (caption: string, language: Language) =>
  caption.normalize('NFKC').toLocaleLowerCase(language)

function segmenterOf(language: Language, granularity: 'word' | 'grapheme' = 'word'): Intl.Segmenter {
  try {
    if (language === 'und' || Intl.Segmenter.supportedLocalesOf(language).length > 0)
      return new Intl.Segmenter(language, { granularity })
  } catch {
    // Not a code of any language.
  }
  throw new DataError(
    `--language ${language}: expected a language that this Node knows, such as zh, ja, ko, de or fr`,
  )
}
