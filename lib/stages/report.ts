/** m2 report: training log, scores and captions become one HTML page. */
import { basename } from 'node:path'
import { prediction, referencesOf, type Prediction, type Ranked } from '../report/prediction.js'
import { exists } from '../files/read.js'
import type { PageParts } from '../report/page.js'
import { defineStage, type Context } from '../stage.js'

export default defineStage({
  name: 'report',
  input: prediction,
  reads: ({ noPredictions }) => !noPredictions,
  options: {
    out: { required: true, describe: 'Page to write', metavar: 'FILE.html' },
    title: { default: 'Image captioning report', describe: 'Title of the page', metavar: 'TEXT' },
    log: { metavar: 'FILE', describe: 'What m2 train printed, for the curves' },
    scores: {
      many: true,
      metavar: '[LABEL=]FILE',
      describe: 'What m2 score printed; several systems side by side, the one that counts last',
    },
    baseline: { metavar: '[LABEL=]FILE', describe: 'Scores to compare with' },
    perImage: {
      metavar: 'FILE.jsonl',
      describe:
        'What m2 score --per-image wrote, to rank captions by; default: CIDEr-D, computed here where there are references',
    },
    images: { metavar: 'DIR', describe: 'Directory of photographs, JPEG or PNG, to put into the page' },
    imageLimit: {
      type: 'integer',
      min: 1,
      default: 500,
      metavar: 'KB',
      describe: 'Largest photograph that is put into the page',
    },
    show: {
      type: 'integer',
      min: 1,
      default: 6,
      metavar: 'N',
      describe: 'Captions to show: the best N, N of the middle, the worst N',
    },
    noPredictions: { type: 'boolean', describe: 'Read no captions from stdin' },
  },
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
    const { page } = await import('../report/page.js')
    const { replaceFile } = await import('../files/replace.js')
    const predictions: Prediction[] = []
    for await (const record of records) predictions.push(record)
    if (context.signal.aborted) return

    const scores = await scoresPart(options)
    const training = options.log === undefined ? undefined : await trainingPart(options.log, context)
    const captions = predictions.length > 0 ? await captionsParts(predictions, options, context) : undefined
    const counts = captions ? ([['Captions', predictions.length]] as const) : []
    const { title, out } = options
    const sections = [...(scores?.sections ?? []), ...(training ?? []), ...(captions?.sections ?? [])]
    const text = page({ title, counts, systems: scores?.systems ?? [], sections })
    await replaceFile(out, (handle) => handle.writeFile(text))
    yield {
      report: out,
      bytes: Buffer.byteLength(text),
      captions: predictions.length,
      shown: captions?.shown ?? 0,
      explained: predictions.filter(({ attributions }) => attributions).length,
      scores: scores?.systems.length ?? 0,
      sections: sections.map(({ id }) => id),
    }
  },
})

type Sections = PageParts['sections']

/** Scores by system; a label before the file's name, or else the name of the file. */
async function scoresPart({ scores = [], baseline }: { scores?: string[]; baseline?: string | undefined }) {
  if (scores.length === 0 && baseline === undefined) return undefined
  const { readScores, scoresSection } = await import('../report/scores.js')
  const read = async (text: string) => readScores(...(await labelled(text)))
  const systems = await Promise.all(scores.map(read))
  const base = baseline === undefined ? undefined : await read(baseline)
  const content = await scoresSection(systems, base)
  return { systems, sections: [{ id: 'scores', name: 'Scores', content }] satisfies Sections }
}

async function labelled(text: string): Promise<[label: string, file: string]> {
  const [, label, file] = /^([^=/]+)=(.+)$/s.exec(text) ?? []
  if (label === undefined || file === undefined || (await exists(text)))
    return [basename(text).replace(/\.jsonl?(\.gz)?$/, ''), text]
  return [label, file]
}

async function trainingPart(file: string, context: Context): Promise<Sections> {
  const { readTrainingLog } = await import('../report/training-log.js')
  const { trainingSection } = await import('../report/training.js')
  const { curves, skipped } = await readTrainingLog(file)
  if (skipped > 0) context.note(`${file}: ${skipped} lines are no JSON objects: passed over`)
  if (curves.length === 0) {
    context.note(`${file}: no events of training with numbers that change; no curves are drawn`)
    return []
  }
  return [{ id: 'training', name: 'Training', content: await trainingSection(curves) }]
}

async function captionsParts(
  predictions: readonly Prediction[],
  {
    perImage,
    images,
    imageLimit,
    show,
  }: { perImage?: string | undefined; images?: string | undefined; imageLimit: number; show: number },
  context: Context,
) {
  const [{ ptbTokenize }, { wordsSection }, { captionsSection }, ranking, { chooseCaptions }] =
    await Promise.all([
      import('../text/ptb/ptb.js'),
      import('../report/words.js'),
      import('../report/captions.js'),
      import('../report/ranking.js'),
      import('../report/prediction.js'),
    ])
  const generated = ptbTokenize(predictions.map(({ caption }) => caption))
  const references = predictions.map((one) => ptbTokenize(referencesOf(one)))
  const { metric, ranked }: { metric: string; ranked: Ranked[] } =
    perImage === undefined
      ? { metric: 'CIDEr-D', ranked: ranking.rankByCider(predictions, generated, references) }
      : await ranking.rankByFile(predictions, perImage)
  const groups = chooseCaptions(ranked, show)
  const photographs =
    images === undefined
      ? undefined
      : await (await import('../report/photographs.js')).openPhotographs(images, imageLimit * 1024)
  const sections: Sections = [
    {
      id: 'captions',
      name: 'Captions',
      content: await captionsSection(groups, { metric, photographs }),
    },
    { id: 'words', name: 'Lengths and words', content: await wordsSection(generated, references) },
  ]
  if (photographs && photographs.tooLarge > 0)
    context.note(
      `${photographs.tooLarge} photographs are larger than ${imageLimit} kB and left out; --image-limit`,
    )
  const shown = groups.reduce((sum, [, chosen]) => sum + chosen.length, 0)
  return { sections, shown }
}
