/** How long captions are and which words they use, against those of people. */
import { chart } from './chart.js'
import { html, type Markup } from './html.js'
import { wordStatistics, wordUses, type Tokens, type WordStatistics, type WordUse } from './vocabulary.js'

/** How long captions are and which words they use, beside those of people. */
export async function wordsSection(
  generated: readonly Tokens[],
  references: readonly (readonly Tokens[])[],
): Promise<Markup> {
  const all = references.flat()
  const columns: [string, WordStatistics][] = [['Generated', wordStatistics(generated)]]
  if (all.length > 0)
    columns.push(
      ['One reference an image', wordStatistics(references.flatMap((of) => of.slice(0, 1)))],
      ['All references', wordStatistics(all)],
    )
  const { more, less } = wordUses(generated, all, 10)
  return html`<section id="words" aria-labelledby="words-title">
    <h2 id="words-title">Lengths and words</h2>
    <div class="beside">
      <div class="table" tabindex="0" role="region" aria-label="Table of lengths and words">
        <table>
          <thead>
            <tr>
              <th scope="col">Captions</th>
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
      ${await drawLengths(generated, all)}
    </div>
    <div class="charts">
      ${more.length > 0 && (await drawUses('Said more often than by people', more))}
      ${less.length > 0 && (await drawUses('Said less often than by people', less))}
    </div>
  </section>`
}

const count = (value: number) => value.toLocaleString('en-US')

const rows: readonly (readonly [string, (statistics: WordStatistics) => string])[] = [
  ['Number', ({ captions }) => count(captions)],
  ['Words a caption, mean', ({ meanLength }) => meanLength.toFixed(1)],
  ['Shortest and longest', ({ shortest, longest }) => `${shortest} – ${longest}`],
  ['Distinct words', ({ distinctWords }) => count(distinctWords)],
  ['Distinct pairs of words', ({ distinctBigrams }) => count(distinctBigrams)],
  ['Distinct triples of words', ({ distinctTrigrams }) => count(distinctTrigrams)],
  ['Distinct captions', ({ distinctCaptions }) => `${(100 * distinctCaptions).toFixed(0)} %`],
]

const who = { generated: 'generated', references: 'references' } as const

function drawLengths(generated: readonly Tokens[], references: readonly Tokens[]): Promise<Markup> {
  const groups = [
    { who: who.generated, captions: generated },
    { who: who.references, captions: references },
  ].filter(({ captions }) => captions.length > 0)
  const longest = Math.max(...groups.flatMap(({ captions }) => captions.map(({ length }) => length)))
  const values = groups.flatMap(({ who, captions }) =>
    Array.from({ length: Math.min(longest, mostWords) + 1 }, (_, words) => ({
      who,
      words,
      share: captions.filter(({ length }) => Math.min(length, mostWords) === words).length / captions.length,
    })),
  )
  const label = groups.map(
    ({ who, captions }) => `${who}: ${wordStatistics(captions).meanLength.toFixed(1)} words on average`,
  )
  return chart(
    { title: 'Words in a caption', label: label.join(', ') },
    {
      width: 380,
      height: 260,
      autosize: { type: 'fit', contains: 'padding' },
      data: { values },
      mark: { type: 'area', interpolate: 'monotone', line: { strokeWidth: 2 }, fillOpacity: 0.13 },
      encoding: {
        x: { field: 'words', type: 'quantitative', axis: { title: 'words', format: 'd', tickCount: 6 } },
        y: {
          field: 'share',
          type: 'quantitative',
          stack: null,
          axis: { title: null, format: '.0%', tickCount: 4 },
        },
        color: { field: 'who', type: 'nominal', scale: { domain: groups.map(({ who }) => who) }, legend: {} },
      },
    },
  )
}

/** Longer captions are counted as of this length. */
const mostWords = 30

function drawUses(title: string, uses: readonly WordUse[]): Promise<Markup> {
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
            color: { field: 'who', type: 'nominal', scale: { domain: Object.values(who) }, legend: {} },
          },
        },
      ],
    },
  )
}
