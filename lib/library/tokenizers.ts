/** The two tokenizers: spaCy's English rules, for training, and Stanford's PTB rules, for scoring. */
import { ptbTokenize } from '../text/ptb/ptb.js'
import { captionTokens } from '../text/spacy/spacy.js'

/** Words as captions are split for training: spaCy's English rules, lower case, without punctuation. */
export function spacy(captions: readonly string[]): string[][] {
  return captions.map(captionTokens)
}

/** Words as coco-caption splits captions for scoring: Stanford's PTB rules, lower case, without punctuation. */
export function ptb(captions: readonly string[]): string[][] {
  return ptbTokenize(captions)
}
