import type { Context } from '../stage.js'
import type { MetricName } from './evaluate.js'
import type { GroupedItem } from './statistics.js'

/** Adds to items what METEOR and SPICE say of each: they need data, or Java, and cost too much to run twice. */
export interface Annotator {
  annotate(items: readonly GroupedItem[]): Promise<GroupedItem[]>
  /** METEOR's part of the signature, where it runs. */
  readonly meteor?: string | undefined
}

export interface AnnotatorOptions {
  metrics: readonly MetricName[]
  /** Where METEOR's data lies, if not where it is looked for. */
  meteor?: string | undefined
  /** The folder of SPICE's program. */
  spice?: string | undefined
}

export async function openAnnotator(
  { metrics, meteor: data, spice: program }: AnnotatorOptions,
  context: Context,
): Promise<Annotator> {
  const meteor = metrics.includes('meteor') ? await openMeteor(data, context) : undefined
  return {
    meteor: meteor?.signature,
    async annotate(items) {
      const withMeteor = meteor ? meteor.annotate(items) : [...items]
      return metrics.includes('spice') && program !== undefined
        ? addSpice(withMeteor, program, context)
        : withMeteor
    },
  }
}

async function openMeteor(directory: string | undefined, context: Context) {
  const { openMeteor } = await import('./meteor/index.js')
  const { signature, lacks, statistics } = await openMeteor({ directory, note: context.note })
  if (lacks !== undefined) context.note(lacks)
  return {
    signature,
    annotate(items: readonly GroupedItem[]): GroupedItem[] {
      const progress = context.progress('images', items.length)
      try {
        return items.map((item) => {
          progress.advance()
          const { hypothesis, references } = textOf(item)
          return { ...item, meteor: statistics(hypothesis, references) }
        })
      } finally {
        progress.stop()
      }
    },
  }
}

async function addSpice(
  items: readonly GroupedItem[],
  program: string,
  context: Context,
): Promise<GroupedItem[]> {
  const { spice } = await import('./spice.js')
  const { perImage } = await spice(program, items.map(textOf), { signal: context.signal })
  return items.map((item, i) => ({ ...item, spice: perImage[i] }))
}

/** An item as the reference's scorers take it: tokens joined by blanks. */
function textOf({ image_id, hypothesis, references }: GroupedItem) {
  return {
    image_id,
    hypothesis: hypothesis.join(' '),
    references: references.map((tokens) => tokens.join(' ')),
  }
}
