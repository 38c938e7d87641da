/** METEOR's statistics and SPICE's scores, added to the images of a corpus. */
import type { Context } from '../../stage.js'
import type { MetricName } from '../evaluate.js'
import type { MeteorRun } from '../meteor/threads.js'
import type { GroupedItem } from './shards.js'

/** Adds METEOR's statistics and SPICE's scores to items. Both need data or Java, and cost too much to run twice. */
export interface Annotator {
  /** Prepares to score this many images; what takes long happens while the caller goes on. */
  prepare(images: number): Promise<void>
  /** After `prepare`. */
  annotate(items: readonly GroupedItem[]): Promise<GroupedItem[]>
  /** METEOR's part of the signature, where it runs; after `prepare`. */
  readonly meteor?: string | undefined
}

export interface AnnotatorOptions {
  metrics: readonly MetricName[]
  /** Where METEOR's data lies, if not where it is looked for. */
  meteor?: string | undefined
  /** The folder of SPICE's program. */
  spice?: string | undefined
}

/** Starts reading METEOR's data. `prepare` throws what is wrong with it. */
export function openAnnotator(
  { metrics, meteor: directory, spice: program }: AnnotatorOptions,
  context: Context,
): Annotator {
  const source = metrics.includes('meteor') ? readMeteor(directory, context) : undefined
  source?.catch(() => undefined) // until then
  let meteor: MeteorRun | undefined
  return {
    get meteor() {
      return meteor?.signature
    },
    async prepare(images) {
      if (!source || meteor) return
      const { prepareMeteor } = await import('../meteor/threads.js')
      meteor = prepareMeteor(await source, images)
      if (meteor.lacks !== undefined) context.note(meteor.lacks)
    },
    async annotate(items) {
      const withMeteor = meteor ? await addMeteor(items, meteor, context) : [...items]
      return metrics.includes('spice') && program !== undefined
        ? addSpice(withMeteor, program, context)
        : withMeteor
    },
  }
}

async function readMeteor(directory: string | undefined, { note }: Context) {
  const { readMeteor } = await import('../meteor/index.js')
  return await readMeteor({ directory, note })
}

async function addMeteor(
  items: readonly GroupedItem[],
  { statistics }: MeteorRun,
  context: Context,
): Promise<GroupedItem[]> {
  const progress = context.progress('images', items.length)
  try {
    const rows = await statistics(items.map(textOf), (count) => progress.advance(count))
    return items.map((item, i) => ({ ...item, meteor: rows[i]! }))
  } finally {
    progress.stop()
  }
}

async function addSpice(
  items: readonly GroupedItem[],
  program: string,
  context: Context,
): Promise<GroupedItem[]> {
  const { spice } = await import('../spice.js')
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
