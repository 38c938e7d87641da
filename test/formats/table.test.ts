/** Tables as text, Markdown and LaTeX. */
import t from 'tap'
import { formatTable } from '../../lib/formats/table.js'

const table = {
  columns: [{ title: 'system' }, { title: 'BLEU-4', number: true }],
  rows: [
    ['base', '0.3697'],
    ['my_own|2', '12.5 ±0.1*'],
  ],
  note: 'in %',
}

t.test('text is aligned, numbers to the right', async (t) => {
  t.equal(
    formatTable(table, 'text'),
    ['system        BLEU-4', 'base          0.3697', 'my_own|2  12.5 ±0.1*', 'in %'].join('\n'),
  )
})

t.test('Markdown escapes what it would take for its own', async (t) => {
  t.equal(
    formatTable(table, 'markdown'),
    [
      '| system | BLEU-4 |',
      '| --- | --: |',
      '| base | 0.3697 |',
      '| my\\_own\\|2 | 12.5 ±0.1\\* |',
      '',
      'in %',
    ].join('\n'),
  )
})

t.test('LaTeX is a tabular', async (t) => {
  const lines = formatTable(table, 'latex').split('\n')
  t.equal(lines[0], '\\begin{tabular}{lr}')
  t.ok(lines.includes('  my\\_own|2 & 12.5 $\\pm$0.1* \\\\'), lines.join('\n'))
  t.equal(lines.at(-1), '% in %')
  t.match(
    formatTable({ columns: [{ title: '50% & ~x^2\\' }], rows: [] }, 'latex'),
    /50\\% \\& \\textasciitilde\{\}x\\textasciicircum\{\}2\\textbackslash\{\}/,
  )
})
