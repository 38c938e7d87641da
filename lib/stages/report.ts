/** m2 report: training log, scores and captions become one HTML page. */
import { basename } from 'node:path'
import { DataError } from '../errors.js'
import { exists } from '../files/read.js'
import { reportOptions, type ReportOptions } from '../report/options.js'
import type { PageParts } from '../report/page.js'
import { prediction, referencesOf, type Prediction } from '../report/prediction.js'
import type { System } from '../report/systems.js'
import { defineStage, type Context } from '../stage.js'

export default defineStage({
  name: 'report',
  input: prediction,
  reads: ({ noPredictions }) => !noPredictions,
  options: reportOptions,
  examples: [
    [
      'm2 decode --model runs/m2 < test.jsonl | m2 explain --model runs/m2 | m2 report --out report.html',
      'Captions, and where their words come from',
    ],
    [
      'm2 report --log runs/m2/log.jsonl --scores XE=xe.jsonl SCST=scst.jsonl --out report.html < explained.jsonl',
      'Training, scores and captions',
    ],
    ['m2 report --log runs/m2/log.jsonl --no-predictions --out training.html', 'How a training is going'],
  ],
  async *run(records, options, context) {
    const { out, title, about, log, noPredictions, allowEmpty } = options
    const { page } = await import('../report/page.js')
    const { replaceFile } = await import('../files/replace.js')
    const predictions: Prediction[] = []
    for await (const record of records) predictions.push(record)
    if (context.signal.aborted) return
    if (predictions.length === 0 && !noPredictions && !allowEmpty)
      throw new DataError(
        `no captions on stdin: ${out} is left as it was. --no-predictions reads none, --allow-empty writes the page all the same`,
      )

    const scores = await scoresPart(options)
    const training = log === undefined ? [] : await trainingPart(log, context)
    const label = scores.systems.at(-1)?.label ?? 'Model'
    const colour = scores.systems.at(-1)?.colour ?? 'var(--scst)'
    const captions =
      predictions.length > 0
        ? await captionsPart(predictions, { ...options, label, colour }, context)
        : undefined
    const content = [captions?.gallery, scores.section, ...training, captions?.words].filter(
      (one) => one !== undefined,
    )
    const sections =
      content.length > 0 ? [...content, await originPart(options, predictions, scores.systems)] : []
    const text = page({ title, about, verdict: scores.verdict, sections })
    await replaceFile(out, (handle) => handle.writeFile(text))
    yield {
      report: out,
      bytes: Buffer.byteLength(text),
      captions: predictions.length,
      shown: captions?.cards ?? 0,
      images: captions?.pictures ?? 0,
      explained: captions?.explained ?? 0,
      scores: scores.systems.length,
      sections: sections.map(({ id }) => id),
    }
  },
})

type Section = PageParts['sections'][number]

/** Scores by system; a label stands before the file's name, or else is that name. */
async function scoresPart({ scores = [], baseline }: ReportOptions) {
  const { coloured, readScores } = await import('../report/systems.js')
  const read = async (text: string) => readScores(...(await labelled(text)))
  const systems: System[] = coloured(await Promise.all(scores.map(read)))
  const base = baseline === undefined ? undefined : { ...(await read(baseline)), colour: 'var(--people)' }
  if (systems.length === 0 && !base) return { systems }
  const { scoresSection } = await import('../report/scores.js')
  const { verdict } = await import('../report/verdict.js')
  const content = await scoresSection(systems, base)
  const section: Section = { id: 'scores', name: 'Scores', content }
  return { systems, verdict: verdict(systems, base), section }
}

async function labelled(text: string): Promise<[label: string, file: string]> {
  const [, label, file] = /^([^=/]+)=(.+)$/s.exec(text) ?? []
  if (label === undefined || file === undefined || (await exists(text)))
    return [basename(text).replace(/(\.scores|\.captions)?\.jsonl?(\.gz)?$/, ''), text]
  return [label, file]
}

async function trainingPart(file: string, context: Context): Promise<Section[]> {
  const { readTrainingLog } = await import('../report/training-log.js')
  const { trainingSection } = await import('../report/training.js')
  const { curves, skipped } = await readTrainingLog(file)
  if (skipped > 0) context.note(`${file}: ${skipped} lines are not JSON objects and were skipped`)
  if (curves.length === 0) {
    context.note(`${file}: no events of training with numbers that change; no curves are drawn`)
    return []
  }
  return [{ id: 'training', name: 'Training', content: await trainingSection(curves) }]
}

async function captionsPart(
  predictions: readonly Prediction[],
  options: ReportOptions & { label: string; colour: string },
  context: Context,
) {
  const { wordsSection } = await import('../report/words.js')
  const { gallery } = await import('../report/gallery.js')
  const { label, colour, images, imageWidth, show, pageLimit } = options
  const { metric, ranked, hypotheses, references } = await rank(predictions, options)
  const photographs =
    images === undefined
      ? undefined
      : await (await import('../report/photographs.js')).openPhotographs(images, imageWidth)
  const made = await gallery(ranked, { label, metric, photographs, show, room: pageLimit * 1e6 })
  if (photographs && photographs.counts.found === 0)
    context.note(`--images ${images}: none of the files there has the name or id of an image`)
  if (photographs && photographs.counts.unreadable > 0)
    context.note(
      `--images ${images}: ${photographs.counts.unreadable} images cannot be decoded and are left out`,
    )
  if (made.cards < predictions.length)
    context.note(
      `the page holds ${made.cards} of ${predictions.length} captions; --page-limit makes room for more`,
    )
  return {
    ...made,
    gallery: { id: 'captions', name: 'Captions', content: made.content } satisfies Section,
    words: {
      id: 'words',
      name: 'Lengths and words',
      content: await wordsSection(hypotheses, references, colour),
    } satisfies Section,
  }
}

/** Captions with their scores, the captions of other models, and names of regions. */
async function rank(predictions: readonly Prediction[], { perImage, beside = [], classes }: ReportOptions) {
  const { rankCaptions, readImageScores } = await import('../report/ranking.js')
  const { collectCaptions, readClasses } = await import('../report/inputs.js')
  const { readCandidates } = await import('../annotations/candidates.js')
  const { ptbTokenize } = await import('../text/ptb/ptb.js')
  const read = async (text: string) => {
    const [label, file] = await labelled(text)
    return collectCaptions(label, readCandidates(file))
  }
  return rankCaptions(predictions, {
    tokenize: ptbTokenize,
    others: await Promise.all(beside.map(read)),
    classes: classes === undefined ? undefined : await readClasses(classes),
    scores: perImage === undefined ? undefined : await readImageScores(perImage),
  })
}

async function originPart(
  given: ReportOptions,
  predictions: readonly Prediction[],
  systems: readonly System[],
): Promise<Section> {
  const { commandOf } = await import('../report/command.js')
  const { originSection } = await import('../report/origin.js')
  const { model, scores = [], baseline, log, beside = [] } = given
  const named = await Promise.all(
    [...scores, ...beside, ...(baseline === undefined ? [] : [baseline])].map(labelled),
  )
  const files = [...named.map(([, file]) => file), ...(log === undefined ? [] : [log])]
  const references = predictions.reduce((sum, one) => sum + referencesOf(one).length, 0)
  const number = (value: number) => value.toLocaleString('en-US')
  const counts: [string, string][] =
    predictions.length > 0
      ? [['Data', `${number(predictions.length)} images, ${number(references)} captions by people`]]
      : []
  const signatures = [...new Set(systems.flatMap(({ scores }) => scores.map(({ signature }) => signature)))]
  const content = await originSection({
    model,
    files,
    command: commandOf('report', given, reportOptions),
    counts,
    signatures,
  })
  return { id: 'origin', name: 'How this was made', content }
}
