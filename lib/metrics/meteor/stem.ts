/** English stems of words, for METEOR's second module. */
import { createRequire } from 'node:module'

// Required: to import it Node would first look through a megabyte of source for the names that it exports.
const { newStemmer } = createRequire(import.meta.url)(
  'snowball-stemmers',
) as typeof import('snowball-stemmers')

const english = newStemmer('english')

/** The Snowball English stem of a lower-cased word, METEOR's second module. */
export const stem = (word: string): string => english.stem(word)
