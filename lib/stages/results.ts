/** `m2 results`: captions in COCO's results format. */
import { join } from 'node:path'
import { DataError, UsageError } from '../errors.js'
import { predictionRecord, type ImageId } from '../records.js'
import { makeDirectory, replaceFile, writeFully } from '../files/replace.js'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'results',
  document: true,
  input: predictionRecord,
  options: {
    out: { metavar: 'FILE', describe: 'File to write, or with --server the directory; default: stdout' },
    server: {
      type: 'boolean',
      describe: "Name the file as COCO's evaluation server wants it: captions_SPLIT_ALGORITHM_results.json",
    },
    split: {
      choices: ['test2014', 'val2014'],
      default: 'test2014',
      describe: 'SPLIT in that name, for --server',
    },
    algorithm: { default: 'm2', metavar: 'NAME', describe: 'ALGORITHM in that name, for --server' },
  },
  examples: [
    ['m2 results --out results.json < predictions.jsonl', "COCO's results format"],
    ['m2 results --server --split test2014 < predictions.jsonl', 'captions_test2014_m2_results.json'],
  ],
  async *run(records, { out, server, split, algorithm }, context) {
    if (!/^[\w-]+$/.test(algorithm))
      throw new UsageError(`--algorithm: expected letters, digits and "-", got ${JSON.stringify(algorithm)}`)
    const results: { image_id: ImageId; caption: string }[] = []
    const seen = new Set<ImageId>()
    for await (const result of context.each(records, ({ image_id, caption }) => {
      if (seen.has(image_id))
        throw new DataError(`image ${image_id} has two captions; expected one per image`)
      if (server && typeof image_id !== 'number')
        throw new DataError(`image ${JSON.stringify(image_id)}: expected a number, as COCO's image ids are`)
      seen.add(image_id)
      return { image_id, caption }
    }))
      results.push(result)
    const expected = imagesOf[split]
    if (server && results.length !== expected)
      context.note(
        `${split} has ${expected} images, and the server wants all of them; these are ${results.length}`,
      )
    if (!server && out === undefined) {
      yield results
      return
    }
    const file = server ? join(out ?? '.', `captions_${split}_${algorithm}_results.json`) : (out ?? '')
    if (server && out !== undefined) await makeDirectory(out)
    await replaceFile(file, (handle) => writeFully(handle, Buffer.from(JSON.stringify(results))))
    yield { images: results.length, results: file }
  },
})

const imagesOf = { test2014: 40_775, val2014: 40_504 }
