/** Captions to score, in the shapes that other programs write. */
import t from 'tap'
import { readCandidates } from '../../lib/annotations/candidates.js'
import { write } from './read.js'

async function read(file: string) {
  const found = []
  for await (const { image_id, caption } of readCandidates(file)) found.push([image_id, caption])
  return found
}

t.test('results, records and captions by image', async (t) => {
  t.testdir()
  const results = [
    { image_id: 11, caption: 'a man' },
    { image_id: 'x', caption: '' },
  ]
  const pairs = [
    [11, 'a man'],
    ['x', ''],
  ]
  t.strictSame(await read(write(t, 'compact.json', results)), pairs)
  t.strictSame(await read(write(t, 'pretty.json', `\n${JSON.stringify(results, null, 2)}\n`)), pairs)
  const lines = results.map((result) => JSON.stringify(result)).join('\n')
  t.strictSame(await read(write(t, 'records.jsonl', lines)), pairs)
  t.strictSame(await read(write(t, 'late.jsonl', '{"split":"test","caption":"a","image_id":5}')), [[5, 'a']])
  t.strictSame(await read(write(t, 'dict.json', { 11: ['a man'], x: [''] })), pairs)
  t.strictSame(await read(write(t, 'texts.json', { 11: 'a man' })), [[11, 'a man']])
  t.strictSame(await read(write(t, 'objects.json', { 11: [{ caption: 'a man' }] })), [[11, 'a man']])
  const big = '[{"image_id":10205894160297483265,"caption":"a"}]'
  t.strictSame(await read(write(t, 'big.json', big)), [['10205894160297483265', 'a']])
})

t.test('other shapes: what came, and what is wanted', async (t) => {
  t.testdir()
  const bad: [string | object, RegExp][] = [
    [
      { results: [{ image_id: 1, caption: 'a' }] },
      /got an object with "results": the list in it is what is wanted/,
    ],
    [
      [{ id: 1, caption: 'a' }],
      /bad: \[0\]: image_id: expected a number or a string: expected .*; got \{"id", "caption"\}/,
    ],
    [{ images: [], annotations: [] }, /got an annotation file, which goes to --references/],
    [{ info: {}, images: [] }, /got an annotation file, which goes to --references/],
    [{ 11: ['a', 'b'] }, /image 11: expected one caption to be scored, got 2; .* --references/],
    [['a man'], /bad: \[0\]: expected object, got string/],
    ['a man\n', /expected COCO results, .*; got a file that starts with "a man/],
  ]
  for (const [content, message] of bad)
    await t.rejects(read(write(t, 'bad', content)), { name: 'DataError', message }, String(message))
})
