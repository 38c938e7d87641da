/** Charts as SVG, drawn by Vega before the page is written. */
import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { html, raw, type Markup } from './html.js'

/** What a chart shows, in a line, and for who cannot see it in another. */
export interface ChartText {
  readonly title: string
  readonly label: string
}

/** Colours of series: variables of the page's style, so that charts follow light and dark. */
export const seriesColours = ['var(--first)', 'var(--second)', 'var(--third)', 'var(--fourth)']

/** A chart as a figure: the specification drawn as SVG here, so that the page needs no script for it. */
export async function chart({ title, label }: ChartText, spec: TopLevelSpec): Promise<Markup> {
  const { spec: compiled } = compile({ ...spec, config: { ...config, ...spec.config } })
  const view = new vega.View(vega.parse(compiled), { renderer: 'none' })
  view.logLevel(vega.Error)
  const svg = await view.toSVG()
  view.finalize()
  return html`<figure class="chart">
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
  range: { category: seriesColours },
  axis: {
    labelColor: 'var(--soft)',
    titleColor: 'var(--soft)',
    labelFontSize: 11,
    titleFontSize: 11,
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
