/** Words and characters of captions in any language. */
import t from 'tap'
import { characterTokenizer, unicodeTokenizer } from '../../lib/text/unicode.js'

t.test('words by the rules of Unicode, without punctuation', async (t) => {
  const words = (language: string, caption: string) => unicodeTokenizer(language)(caption).join(' ')
  t.equal(words('de', 'Ein großer Hund, der Ärger macht!'), 'ein großer hund der ärger macht')
  t.equal(words('fr', 'L’enfant mange une pêche.'), 'l’enfant mange une pêche')
  t.equal(words('ko', '개가 잔디 위를 달린다.'), '개가 잔디 위를 달린다')
  t.equal(words('ja', '犬が走る。'), '犬 が 走る')
  t.equal(words('zh', '一个男人骑着马。'), '一个 男人 骑 着 马')
  t.equal(words('en', 'ＡＢＣ １２3 a-b 3.5'), 'abc 123 a b 3.5', 'full width is plain')
  t.equal(words('tr', 'ISI'), 'ısı', 'lower case is that of the language')
  t.same(unicodeTokenizer('und')(' ...!? 🐶'), [], 'no words')
})

t.test('characters as a reader sees them', async (t) => {
  const characters = (caption: string) => characterTokenizer('und')(caption).join(' ')
  t.equal(characters('狗在跑。'), '狗 在 跑')
  t.equal(characters('개가 달린다'), '개 가 달 린 다')
  t.equal(characters('e\u0301te'), 'é t e', 'an accent belongs to its letter')
  t.equal(characters('क्षि'), characters('क्षि').normalize('NFC'), 'Devanagari is not taken apart')
})

t.test('a language that is none is refused', async (t) => {
  for (const language of ['klingon!', 'xx-yy-zz-1', 'qqq'])
    t.throws(() => unicodeTokenizer(language), {
      name: 'DataError',
      message: /--language .*: expected a language that this Node knows, such as zh/,
    })
})
