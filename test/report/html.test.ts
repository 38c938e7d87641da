/** Templates that escape, and text that a page should not pass on. */
import * as fc from 'fast-check'
import t from 'tap'
import { clean, html } from '../../lib/report/html.js'

t.test('text is escaped once, and markup is not', async (t) => {
  const nested = html`<p title="${'"<&>\''}">${html`<b>${'<i>'}</b>`}</p>`
  t.equal(nested.markup, '<p title="&#34;&#60;&#38;&#62;&#39;"><b>&#60;i&#62;</b></p>')
  t.equal(html`${['a', false, undefined, 1, ['<']]}`.markup, 'a1&#60;')
  const text = fc.string({ unit: 'binary' })
  fc.assert(fc.property(text, (text) => !/[<>"']/.test(html`${text}`.markup)))
})

t.test('control characters, broken surrogates and reversed text do not reach the page', async (t) => {
  t.equal(html`${'a\0b'}`.markup, 'a\ufffdb')
  t.equal(clean('\u001b[31mred\u0007'), '\ufffd[31mred\ufffd')
  t.equal(clean('a\tb\nc\rd'), 'a b c d')
  t.equal(clean('half \ud83d, whole \u{1f408}'), 'half \ufffd, whole \u{1f408}')
  t.equal(clean('exe.\u202egnp'), 'exe.\ufffdgnp')
  const any = fc.string({ unit: 'binary' })
  fc.assert(fc.property(any, (text) => !/[\p{Cc}\p{Cs}\u202a-\u202e]/u.test(clean(text))))
})
