import type { Context } from '../stage.js'
import type { MetricName } from './evaluate.js'
import type { GroupedItem } from './statistics.js'

/** Adds to items what METEOR and SPICE say of them; these cost too much to be computed twice. */
export interface Annotator {
  annotate(items: readonly GroupedItem[]): Promise<GroupedItem[]>
  /** METEOR's part of the signature, where it runs. */
  readonly meteor?: string | undefined
}

/** Opens the data of the metrics that need any. */
export async function openAnnotator(
  { metrics, meteor: directory }: { metrics: readonly MetricName[]; meteor?: string | undefined },
  context: Context,
): Promise<Annotator> {
  if (!metrics.includes('meteor')) return { annotate: async (items) => [...items] }
  const { openMeteor } = await import('./meteor/index.js')
  const meteor = await openMeteor({ directory, note: context.note })
  if (meteor.lacks !== undefined) context.note(meteor.lacks)
  return {
    meteor: meteor.signature,
    async annotate(items) {
      const progress = context.progress('images', items.length)
      try {
        return items.map((item) => {
          progress.advance()
          const references = item.references.map((tokens) => tokens.join(' '))
          return { ...item, meteor: meteor.statistics(item.hypothesis.join(' '), references) }
        })
      } finally {
        progress.stop()
      }
    },
  }
}
