/** The part of snowball-stemmers that METEOR uses. */
declare module 'snowball-stemmers' {
  export function newStemmer(language: string): { stem(word: string): string }
}
