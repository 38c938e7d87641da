/** The whole page: head, policy, the first things said, and the sections. */
import { createHash } from 'node:crypto'
import { version } from '../version.js'
import { clean, html, raw, type Markup } from './html.js'
import { script } from './script.js'
import { style } from './style.js'

export interface PageParts {
  readonly title: string
  /** What this is, in a sentence or two. */
  readonly about: string | undefined
  readonly verdict: Markup | undefined
  /** By their id and their name. */
  readonly sections: readonly { id: string; name: string; content: Markup }[]
}

/** The page. Its policy loads nothing from outside and runs no script but its own. */
export function page({ title, about, verdict, sections }: PageParts): string {
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
        <title>${clean(title)}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <div class="page">
          <header>
            <h1>${title}</h1>
            ${about !== undefined && html`<p class="about">${about}</p>`}
            ${
              sections.length > 1 &&
              html`<nav aria-label="Sections">
                ${sections.map(({ id, name }) => html`<a href="#${id}">${name}</a> `)}
              </nav>`
            }
          </header>
          <main>
            ${verdict} ${sections.map(({ content }) => content)}
            ${sections.length === 0 && html`<p class="note">There was nothing to report: no log, no scores, no captions.</p>`}
          </main>
          <footer>Made by m2 ${version()}.</footer>
        </div>
        ${raw(`<script>${script}</script>`)}
      </body>
    </html>`.markup
}
