/** The signature of a score: everything that it depends on beside the captions. */

/** All that a score depends on beside the captions: two scores compare only where their signatures agree. */
export interface Settings {
  /** ptb, none, a tokenizer and its language; `own`: references are the records' own tokens, hypotheses are split at blanks. */
  tokenizer: string
  /** Consecutive repeated words of the hypothesis, which M2's evaluation drops. */
  repeats: 'kept' | 'dropped'
  /** Whether captions are compared with their end as a word; scores of strings are without. */
  eos: 'none' | 'append'
  /** Captions that held a line break. They are blanks here; coco-caption would shift every caption after them. */
  breaks: number
  /** Whose document frequencies CIDEr uses, and of how many documents. */
  frequencies: string
  /** METEOR's part: the modules that ran, and their data's identity. */
  meteor?: string
  /** Version of m2. */
  version: string
}

/**
 * A score's signature in sacreBLEU's manner (Post, WMT 2018): `CIDEr-D|tok:ptb|repeats:kept|df:corpus|eos:none|...`.
 *
 * @param metric as it is printed: BLEU-4
 */
export function signatureOf(metric: string, settings: Settings): string {
  const { tokenizer, repeats, eos, breaks, frequencies, meteor, version } = settings
  return [
    metric,
    `tok:${tokenizer}`,
    breaks > 0 && `breaks:blank:${breaks}`,
    `repeats:${repeats}`,
    metric === 'METEOR' && meteor,
    metric.startsWith('CIDEr') && `df:${frequencies}`,
    `eos:${eos}`,
    `version:${version}`,
  ]
    .filter(Boolean)
    .join('|')
}
