/** Systems: colours, gains and whether they are more than chance. */
import t from 'tap'
import { coloured, gainOver, percent, signed, toneOf, type Score } from '../../lib/report/systems.js'
import { verdict } from '../../lib/report/verdict.js'
import { near } from '../near.js'

const score = (value: number, more: Partial<Score> = {}): Score => ({
  metric: 'CIDEr-D',
  score: value,
  n: 200,
  signature: 'CIDEr-D|tok:ptb',
  ...more,
})

t.test('a system has the colour of its objective, wherever it stands', async (t) => {
  const colours = (...labels: string[]) =>
    coloured(labels.map((label) => ({ label, scores: [] }))).map(({ colour }) => colour)
  t.same(colours('XE', 'SCST'), ['var(--xe)', 'var(--scst)'])
  t.same(colours('SCST', 'XE'), ['var(--scst)', 'var(--xe)'])
  t.same(colours('old', 'new'), ['var(--xe)', 'var(--scst)'])
  t.same(colours('old', 'SCST', 'new'), ['var(--third)', 'var(--scst)', 'var(--xe)'])
})

t.test('a gain is significant where its interval leaves out 0', async (t) => {
  const other = score(1, { ci: [0.9, 1.1] })
  const paired = (ci: [number, number]) => gainOver(score(1.25, { against: { score: 1, ci } }), other)!
  t.match(paired([0.1, 0.4]), { from: 1, to: 1.25, ci: [0.1, 0.4], significant: true })
  t.equal(toneOf(paired([0.1, 0.4])), 'good')
  t.equal(toneOf(paired([-0.1, 0.4])), 'soft')
  t.equal(gainOver(score(1.25, { ci: [1.2, 1.3] }), other)?.significant, undefined, 'not paired: unknown')
  const paper = gainOver(score(1.25, { ci: [1.2, 1.3] }), score(1.4))!
  near(t, paper.ci!, [-0.2, -0.1], 1e-12, 'interval over a number without one')
  t.equal(toneOf(paper), 'bad')
  t.equal(gainOver(score(1), undefined), undefined)
  t.same([percent(1.3986), signed(-0.105), signed(0.38)], ['139.9', '−10.5', '+38.0'])
})

t.test('the first thing said is whether SCST helped', async (t) => {
  const said = (scst: Score) =>
    verdict(coloured([{ label: 'XE', scores: [score(1, { ci: [0.9, 1.1] })] }, { label: 'SCST', scores: [scst] }]), undefined)?.markup ?? '' // prettier-ignore
  const against = (low: number, high: number) => ({ score: 1, ci: [low, high] as [number, number] })
  const helped = said(score(1.25, { against: against(0.1, 0.4) }))
  t.match(helped, /Yes, self-critical training helped/)
  t.match(helped, /CIDEr-D \+25\.0<\/b>\s+on 200 images, 95 % interval \+10\.0 to \+40\.0/)
  t.match(said(score(0.75, { against: against(-0.4, -0.1) })), /made the captions worse/)
  t.match(said(score(1.05, { against: against(-0.1, 0.2) })), /no difference that can be told from chance/)
  t.match(said(score(1.05)), /no interval/)
  t.notMatch(said(score(1.05)), /Yes/, 'without an interval it is not claimed')
})
