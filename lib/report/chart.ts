/** Charts as SVG, drawn by Vega before the page is written. */
import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { html, raw, type Markup } from './html.js'

/** The title of a chart, and what it shows in words for those who cannot see it. */
export interface ChartText {
  readonly title: string
  readonly label: string
}

/** A chart as a figure. Its SVG is drawn here, so the page needs no script for it; the tab key reaches it. */
export async function chart({ title, label }: ChartText, spec: TopLevelSpec): Promise<Markup> {
  const { spec: compiled } = compile({ ...spec, config: { ...config, ...spec.config } })
  const view = new vega.View(vega.parse(compiled), { renderer: 'none' })
  view.logLevel(vega.Error)
  const svg = await view.toSVG()
  view.finalize()
  return html`<figure class="chart" tabindex="0">
    <figcaption>${title}</figcaption>
    <div role="img" aria-label="${label}">${raw(svg.replace('<svg ', '<svg aria-hidden="true" '))}</div>
  </figure>`
}

const config: TopLevelSpec['config'] = {
  aria: false,
  background: 'none',
  padding: 2,
  font: 'sans-serif',
  view: { stroke: null },
  axis: {
    labelColor: 'var(--soft)',
    titleColor: 'var(--soft)',
    labelFontSize: 11.5,
    titleFontSize: 11.5,
    titleFontWeight: 'normal',
    gridColor: 'var(--line)',
    domainColor: 'var(--line)',
    tickColor: 'var(--line)',
    labelPadding: 6,
    titlePadding: 8,
    ticks: false,
  },
  axisX: { grid: false },
  axisY: { domain: false },
  legend: {
    orient: 'top',
    title: null,
    labelColor: 'var(--ink)',
    labelFontSize: 11.5,
    symbolSize: 70,
    symbolOpacity: 1,
    columnPadding: 14,
    offset: 8,
  },
}
