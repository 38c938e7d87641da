import { newStemmer } from 'snowball-stemmers'

const english = newStemmer('english')

/** The Snowball English stem of a lower-cased word, METEOR's second module. */
export const stem = (word: string): string => english.stem(word)
