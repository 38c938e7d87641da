/** The references that rewards and validation score captions against. */
import { ptbTokenize } from '../text/ptb/ptb.js'
import type { Example } from './examples.js'

/** The tokens of every example's references, by example: its captions by the PTB rules, as in the reference. */
export function referencesOf(examples: readonly Example[]): string[][][] {
  const tokens = ptbTokenize(examples.flatMap(({ texts }) => texts)).values()
  return examples.map(({ texts }) => texts.map(() => tokens.next().value!)) // as many as there are texts
}
