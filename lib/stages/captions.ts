import { z } from 'zod'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'captions',
  input: z.looseObject({}),
  options: { limit: { type: 'integer', min: 1, describe: 'Stop after this many images', metavar: 'N' } },
  async *run(records, { limit }) {
    for await (const record of records) yield { ...record, limit }
  },
})
