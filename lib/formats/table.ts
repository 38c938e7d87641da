/** Tables for people: text in columns, Markdown, LaTeX. */

export interface Table {
  /** The heading of each column, and whether it holds numbers, which end at the same place. */
  columns: readonly { title: string; number?: boolean }[]
  rows: readonly (readonly string[])[]
  /** A line below the table. */
  note?: string
}

export const tableFormats = ['text', 'markdown', 'latex'] as const
export type TableFormat = (typeof tableFormats)[number]

export function formatTable(table: Table, format: TableFormat): string {
  return { text: textTable, markdown: markdownTable, latex: latexTable }[format](table)
}

function textTable({ columns, rows, note }: Table): string {
  const lines = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, column) =>
    lines.reduce((width, line) => Math.max(width, line[column]?.length ?? 0), 0),
  )
  const aligned = lines.map((line) =>
    line
      .map((cell, i) => (columns[i]?.number ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
  return [...aligned, ...below(note)].join('\n')
}

function markdownTable({ columns, rows, note }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const escaped = (text: string) => text.replace(/[\\|*_<`]/g, '\\$&')
  return [
    line(columns.map(({ title }) => escaped(title))),
    line(columns.map(({ number }) => (number ? '--:' : '---'))),
    ...rows.map((row) => line(row.map((cell) => escaped(cell.trim())))),
    ...(note === undefined ? [] : ['', escaped(note)]),
  ].join('\n')
}

function latexTable({ columns, rows, note }: Table): string {
  const line = (cells: readonly string[]) => `  ${cells.map((cell) => latex(cell.trim())).join(' & ')} \\\\`
  return [
    `\\begin{tabular}{${columns.map(({ number }) => (number ? 'r' : 'l')).join('')}}`,
    '  \\hline',
    line(columns.map(({ title }) => title)),
    '  \\hline',
    ...rows.map(line),
    '  \\hline',
    '\\end{tabular}',
    ...below(note === undefined ? undefined : `% ${note}`),
  ].join('\n')
}

const latex = (text: string) =>
  text
    .replace(
      /[\\{}$&#%_~^]/g,
      (sign) =>
        ({ '\\': '\\textbackslash{}', '~': '\\textasciitilde{}', '^': '\\textasciicircum{}' })[sign] ??
        `\\${sign}`,
    )
    .replace(/±/g, '$\\pm$')

const below = (note: string | undefined) => (note === undefined ? [] : [note])
