/** Which metrics `--metrics` means: names as m2 prints them, as papers write them, or all. */
import type { MetricName } from './evaluate.js'

const names: Readonly<Record<string, readonly MetricName[]>> = {
  all: ['bleu', 'meteor', 'rouge', 'cider', 'cider-plain'],
  bleu: ['bleu'],
  BLEU: ['bleu'],
  'BLEU-1': ['bleu'],
  'BLEU-2': ['bleu'],
  'BLEU-3': ['bleu'],
  'BLEU-4': ['bleu'],
  meteor: ['meteor'],
  METEOR: ['meteor'],
  rouge: ['rouge'],
  'ROUGE-L': ['rouge'],
  cider: ['cider'],
  'CIDEr-D': ['cider'],
  'cider-plain': ['cider-plain'],
  CIDEr: ['cider-plain'],
  spice: ['spice'],
  SPICE: ['spice'],
}

export const metricChoices = Object.keys(names)

/**
 * The metrics of a list of names, each once. METEOR is left out for captions that are not split by the rules of English,
 * since its stems, synonyms and paraphrases are English.
 */
export function chosenMetrics(
  chosen: readonly string[],
  { tokenizer, note }: { tokenizer: string; note(message: string): void },
): MetricName[] {
  const metrics = [...new Set(chosen.flatMap((name) => names[name] ?? []))]
  const english = tokenizer === 'ptb' || tokenizer === 'none'
  if (english || !metrics.includes('meteor')) return metrics
  note('METEOR is left out: its stems, synonyms and paraphrases are those of English (docs/languages.md)')
  return metrics.filter((metric) => metric !== 'meteor')
}

/** What to know of scores of very few images; undefined where there is nothing to say. */
export function smallCorpusNote(images: number, metrics: readonly MetricName[]): string | undefined {
  if (images !== 1 || !metrics.some((metric) => metric.startsWith('cider'))) return undefined
  return (
    'one image: CIDEr is 0 by definition, since every word is in every document. --df takes document frequencies of a ' +
    'larger corpus'
  )
}
