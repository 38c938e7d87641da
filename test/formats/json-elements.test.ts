/** The streaming reader of JSON documents, against JSON.parse. */
import * as fc from 'fast-check'
import t from 'tap'
import { jsonElements, type JsonElement } from '../../lib/formats/json-elements.js'
import { DataError } from '../../lib/errors.js'

async function read(text: string | Uint8Array, cut = 1 << 20): Promise<JsonElement[]> {
  const elements = []
  for await (const batch of jsonElements(chunksOf(text, cut), 'a.json')) elements.push(...batch)
  return elements
}

async function* chunksOf(text: string | Uint8Array, cut: number) {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut)
}

function expected(document: object): JsonElement[] {
  if (Array.isArray(document)) return document.map((value: unknown, index) => ({ member: '', index, value }))
  return Object.entries(document).flatMap(([member, value]) =>
    Array.isArray(value) ? value.map((value: unknown, index) => ({ member, index, value })) : [],
  )
}

const documents = fc
  .oneof(
    fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue())),
    fc.array(fc.jsonValue()),
  )
  .map((document): object => JSON.parse(JSON.stringify(document)))

t.test('elements are those of JSON.parse, however the bytes are cut', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      documents,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(0, 2),
      async (document, cut, indent) => {
        const found = await read(JSON.stringify(document, null, indent), cut)
        t.strictSame(found, expected(document))
      },
    ),
  )
})

t.test('a document cut anywhere says so, and gives nothing that is not in it', async (t) => {
  await fc.assert(
    fc.asyncProperty(documents, fc.nat(), fc.integer({ min: 1, max: 40 }), async (document, at, cut) => {
      const text = Buffer.from(JSON.stringify(document))
      await t.rejects(read(text.subarray(0, at % text.length), cut), DataError)
    }),
  )
})

t.test('errors name the file, the element and the byte', async (t) => {
  const cases = [
    ['', 'a.json: the file is empty'],
    ['  1', 'a.json: expected a JSON object or array at the start, byte 2'],
    ['[1,', 'a.json: the file ends early; it is a part of a download, or was cut: at [1], byte 3'],
    ['[1,]', /^a\.json: expected JSON \(.*\) at \[1\], byte 3$/],
    ['[1}', 'a.json: expected "]" at [0], byte 2'],
    ['{"a":[],}', 'a.json: expected a name and a value at a, byte 8'],
    ['{"a":1,}', 'a.json: expected a name and a value at a, byte 7'],
    ['{,}', 'a.json: expected a name and a value at the start, byte 1'],
    ['[,1]', /^a\.json: expected JSON \(.*\) at \[0\], byte 1$/],
    ['[]]', 'a.json: expected the end of the file after the JSON document at the start, byte 2'],
    ['{"a":[1,2', 'a.json: the file ends early; it is a part of a download, or was cut: at a[1], byte 9'],
    ['{"a":[1,]}', /^a\.json: expected JSON \(.*\) at a\[1\], byte 8$/],
    ['{"a":[1}', 'a.json: expected "]" at a[0], byte 7'],
    ['{"a":[{"b":nul}]}', /^a\.json: expected JSON \(.*\) at a\[0\], byte 15$/],
    ['{"a":[1] 2}', 'a.json: expected a name and a value at a, byte 10'],
    ['{"a"}', 'a.json: expected a name and a value at the start, byte 4'],
    ['{"a":1} x', 'a.json: expected the end of the file after the JSON document at a, byte 8'],
    ['{1:2}', 'a.json: expected the name of a member before ":" at the start, byte 2'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /expected UTF-8 text, got other bytes/],
  ] as const
  for (const [text, message] of cases) await t.rejects(read(text, 3), { message })
})

t.test('members of an object as a whole', async (t) => {
  const text = '{"11": ["a man"], "12": [], "13": {"a": [1]}}'
  const found = []
  for await (const batch of jsonElements(chunksOf(text, 3), 'a.json', { whole: true })) found.push(...batch)
  t.strictSame(
    found,
    Object.entries(JSON.parse(text)).map(([member, value]) => ({ member, index: 0, value })),
  )
})

t.test('an element that is too large, too deep or too long a number is refused', async (t) => {
  process.env['M2_MAX_RECORD'] = '1K'
  t.teardown(() => delete process.env['M2_MAX_RECORD'])
  const long = `{"a":[1,"${'x'.repeat(2000)}"]}`
  await t.rejects(read(long, 100), {
    message: 'a.json: a[1]: a value of more than 1024 bytes is refused. M2_MAX_RECORD raises this bound',
  })
  await t.rejects(read(`{"a":[1,"${'x'.repeat(2000)}`, 100), { message: /a\[1\]: a value of more than 1024/ })
  await t.rejects(read(' '.repeat(2000), 100), { message: /at the start|the start: a value of more than/ })
  process.env['M2_MAX_RECORD'] = '2K'
  t.equal((await read(long)).length, 2)
  const deep = `{"a":[${'['.repeat(5000)}${']'.repeat(5000)}]}`
  await t.rejects(read(deep), { message: /nested deeper than 1000 levels at a\[0\], byte/ })
  await t.rejects(read('{"a":[{"b":1e999}]}'), { message: /1e999 is too large for a double.* at a\[0\]/ })
})
