/** How long captions are and which words they use, against those of people. */
import { chart } from './chart.js'
import { html, type Markup } from './html.js'
import { wordStatistics, wordUses, type Tokens, type WordStatistics, type WordUse } from './vocabulary.js'

export async function wordsSection(
  generated: readonly Tokens[],
  references: readonly (readonly Tokens[])[],
  colour: string,
): Promise<Markup> {
  const all = references.flat()
  const columns: [string, WordStatistics][] = [['Model', wordStatistics(generated)]]
  if (all.length > 0)
    columns.push(
      ['One person an image', wordStatistics(references.flatMap((of) => of.slice(0, 1)))],
      ['All people', wordStatistics(all)],
    )
  const { more, less } = wordUses(generated, all, 10)
  return html`<section id="words" aria-labelledby="words-title">
    <h2 id="words-title">Lengths and words</h2>
    <div class="beside">
      <div class="table" tabindex="0" role="region" aria-label="Table of lengths and words">
        <table>
          <thead>
            <tr>
              <th scope="col">Captions of</th>
              ${columns.map(([name]) => html`<th scope="col" class="number">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ([name, cell]) =>
                html`<tr>
                  <th scope="row">${name}</th>
                  ${columns.map(([, statistics]) => html`<td class="number">${cell(statistics)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${await drawLengths(generated, all, colour)}
    </div>
    <div class="charts">
      ${more.length > 0 && (await drawUses('Words the model uses more often than people', more, colour))}
      ${less.length > 0 && (await drawUses('Words the model uses less often than people', less, colour))}
    </div>
  </section>`
}

const count = (value: number) => value.toLocaleString('en-US')

const rows: readonly (readonly [string, (statistics: WordStatistics) => string])[] = [
  ['Number of captions', ({ captions }) => count(captions)],
  ['Words in a caption, mean', ({ meanLength }) => meanLength.toFixed(1)],
  ['Shortest and longest', ({ shortest, longest }) => `${shortest} – ${longest}`],
  ['Distinct words', ({ distinctWords }) => count(distinctWords)],
  ['Distinct pairs of words', ({ distinctBigrams }) => count(distinctBigrams)],
  ['Distinct triples of words', ({ distinctTrigrams }) => count(distinctTrigrams)],
  ['Distinct captions', ({ distinctCaptions }) => `${(100 * distinctCaptions).toFixed(0)} %`],
]

const who = { generated: 'model', references: 'people' } as const
const domain = Object.values(who)
const rangeOf = (colour: string) => [colour, 'var(--people)']

function drawLengths(
  generated: readonly Tokens[],
  references: readonly Tokens[],
  colour: string,
): Promise<Markup> {
  const groups = [
    { who: who.generated, captions: generated },
    { who: who.references, captions: references },
  ].filter(({ captions }) => captions.length > 0)
  const values = groups.flatMap(({ who, captions }) =>
    [...lengthCounts(captions)].map(([words, number]) => ({ who, words, share: number / captions.length })),
  )
  const label = groups.map(
    ({ who, captions }) => `${who}: ${wordStatistics(captions).meanLength.toFixed(1)} words on average`,
  )
  return chart(
    { title: 'Words in a caption', label: label.join(', ') },
    {
      width: 380,
      height: 240,
      autosize: { type: 'fit', contains: 'padding' },
      data: { values },
      mark: { type: 'bar' },
      encoding: {
        x: {
          field: 'words',
          type: 'ordinal',
          scale: { domain: lengthsBetween(values.map(({ words }) => words)), paddingInner: 0.25 },
          axis: { title: 'words', labelAngle: 0, labelOverlap: true },
        },
        xOffset: { field: 'who', type: 'nominal', sort: domain },
        y: { field: 'share', type: 'quantitative', axis: { title: null, format: '.0%', tickCount: 4 } },
        color: {
          field: 'who',
          type: 'nominal',
          scale: { domain, range: rangeOf(colour) },
          legend: groups.length > 1 ? {} : null,
        },
      },
    },
  )
}

function lengthCounts(captions: readonly Tokens[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const { length } of captions) {
    const words = Math.min(length, mostWords)
    counts.set(words, (counts.get(words) ?? 0) + 1)
  }
  return counts
}

/** Every length from the shortest to the longest; there are at most `mostWords` + 1. */
function lengthsBetween(lengths: readonly number[]): number[] {
  const [low, high] = [Math.min(...lengths), Math.max(...lengths)]
  return Array.from({ length: high - low + 1 }, (_, i) => low + i)
}

/** Longer captions are counted as of this length. */
const mostWords = 30

function drawUses(title: string, uses: readonly WordUse[], colour: string): Promise<Markup> {
  const order = uses.map(({ word }) => word)
  const values = uses.flatMap(({ word, generated, references }) => [
    { word, who: who.generated, rate: generated },
    { word, who: who.references, rate: references },
  ])
  const label = uses
    .map(
      ({ word, generated, references }) => `${word} ${generated.toFixed(1)} against ${references.toFixed(1)}`,
    )
    .join(', ')
  const y = { field: 'word', type: 'nominal', sort: order } as const
  return chart(
    { title, label: `In a thousand words: ${label}` },
    {
      width: 290,
      height: { step: 19 },
      layer: [
        {
          data: { values: uses.map(({ word, generated, references }) => ({ word, generated, references })) },
          mark: { type: 'rule', color: 'var(--line)', strokeWidth: 2 },
          encoding: {
            y: { ...y, axis: { title: null, labelColor: 'var(--ink)', labelPadding: 10 } },
            x: { field: 'generated', type: 'quantitative' },
            x2: { field: 'references' },
          },
        },
        {
          data: { values },
          mark: { type: 'point', filled: true, size: 55, opacity: 1 },
          encoding: {
            y,
            x: { field: 'rate', type: 'quantitative', axis: { title: 'in a thousand words', tickCount: 5 } },
            color: { field: 'who', type: 'nominal', scale: { domain, range: rangeOf(colour) }, legend: {} },
          },
        },
      ],
    },
  )
}
