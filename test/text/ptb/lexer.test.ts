/** The lexer, against regular expressions. */
import * as fc from 'fast-check'
import t from 'tap'
import { createLexer } from '../../../lib/text/ptb/lexer.js'

const rule = (pattern: RegExp) => ({ pattern })

t.test('takes the longest match, and of equal ones the first', (t) => {
  const scan = createLexer([rule(/a|b/), rule(/ab?/), rule(/ab/), rule(/[0-9]{2,3}/)])('ab1234')
  t.strictSame(scan(0), { rule: rule(/ab?/), end: 2 })
  t.strictSame(scan(1), { rule: rule(/a|b/), end: 2 })
  t.equal(scan(2)?.end, 5)
  t.equal(scan(5), undefined)
  t.equal(scan(6), undefined)
  t.end()
})

t.test('counts the look-ahead, but leaves it in the text', (t) => {
  const lexer = createLexer([rule(/can(?=not)/i), rule(/[a-z]+/), rule(/x+(?=x{2}y)/)])
  t.equal(lexer('cannot')(0)?.end, 3)
  t.equal(lexer('cannots')(0)?.end, 7)
  t.equal(lexer('CANNOT')(0)?.end, 3)
  t.equal(createLexer([rule(/x+(?=x{1,2}y)/)])('xxxxy')(0)?.end, 3, 'the token as long as can be')
  t.end()
})

t.test('agrees with trying every rule at every length', (t) => {
  const rules = [/ab|a(?:bc)?/, /a*b+(?=c)/, /[bc]{1,3}/, /(?:ab?c|b)+/, /c(?=a|b{2})/, /[^ab]/].map(rule)
  const lexer = createLexer(rules)
  fc.assert(
    fc.property(fc.stringMatching(/^[abcd]{0,14}$/), (text) => {
      const scan = lexer(text)
      for (let from = 0; from < text.length; from++) {
        let best = { index: -1, length: 0 }
        for (const [index, { pattern }] of rules.entries()) {
          const whole = new RegExp(`^(?:${pattern.source.replace('(?=', '(?:')})$`)
          for (let length = best.length + 1; from + length <= text.length; length++)
            if (whole.test(text.slice(from, from + length))) best = { index, length }
        }
        const { rule, end = from } = scan(from) ?? {}
        if (rule !== rules[best.index]) return false
        const ahead = /\(\?=(.*)\)$/.exec(rule?.pattern.source ?? '')?.[1]
        const context = text.slice(end, from + best.length)
        if (ahead ? !new RegExp(`^(?:${ahead})$`).test(context) : context !== '') return false
      }
      return true
    }),
    { numRuns: 500 },
  )
  t.end()
})

t.test('reads a text in which every rule promises much and keeps nothing', (t) => {
  const text = '<'.repeat(100_000)
  const scan = createLexer([rule(/<[^>]*>/), rule(/</)])(text)
  let lexemes = 0
  for (let at = 0; at < text.length; lexemes++) at = scan(at)?.end ?? at + 1
  t.equal(lexemes, text.length)
  t.end()
})

t.test('refuses notation that it does not know', (t) => {
  for (const pattern of [/(a)/, /^a/, /a$/, /a(?!b)/, /a(?=b)c/, /\ba/])
    t.throws(() => createLexer([rule(pattern)]), SyntaxError, String(pattern))
  t.end()
})
