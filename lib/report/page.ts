/** The whole page: head, policy, first numbers and sections. */
import { createHash } from 'node:crypto'
import { version } from '../version.js'
import { html, raw, type Markup } from './html.js'
import { percent, type System } from './scores.js'
import { script } from './script.js'
import { style } from './style.js'

export interface PageParts {
  readonly title: string
  /** Captions, references and the like, counted. */
  readonly counts: readonly (readonly [name: string, count: number])[]
  readonly systems: readonly System[]
  /** By their id and their name. */
  readonly sections: readonly { id: string; name: string; content: Markup }[]
}

/** The whole page. Its policy lets nothing in from outside, and no script run but its own. */
export function page({ title, counts, systems, sections }: PageParts): string {
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`
  return html`${raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="generator" content="m2 ${version()}" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <div class="page">
          <header>
            <h1>${title}</h1>
            ${
              sections.length > 1 &&
              html`<nav aria-label="Sections">
                ${sections.map(({ id, name }) => html`<a href="#${id}">${name}</a>`)}
              </nav>`
            }
            ${tiles(systems, counts)}
          </header>
          <main>
            ${sections.map(({ content }) => content)}
            ${sections.length === 0 && html`<p class="note">There was nothing to report: no log, no scores, no captions.</p>`}
          </main>
          <footer>Made by m2 ${version()}.</footer>
        </div>
        ${raw(`<script>${script}</script>`)}
      </body>
    </html>`.markup
}

/** The numbers that are asked for first: of the last system, and how much there is. */
function tiles(systems: readonly System[], counts: PageParts['counts']): Markup {
  const system = systems.at(-1)
  const wanted = ['CIDEr-D', 'BLEU-4', 'METEOR', 'ROUGE-L', 'SPICE']
  const scores = wanted.flatMap((metric) => {
    const score = system?.scores.find((score) => score.metric === metric && score.group === undefined)
    return score?.score == null ? [] : [{ name: metric, value: percent(score.score), ci: score.ci }]
  })
  const counted = counts.map(([name, count]) => ({
    name,
    value: count.toLocaleString('en-US'),
    ci: undefined,
  }))
  return html`<dl class="tiles">
    ${[...scores, ...counted].map(
      ({ name, value, ci }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}${ci && html`<small>${percent(ci[0])} – ${percent(ci[1])}</small>`}</dd>
        </div>`,
    )}
  </dl>`
}
