/** `m2 doctor`: what this machine can run. */
import * as z from 'zod'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'doctor',
  input: z.looseObject({}),
  reads: () => false,
  examples: [
    ['m2 doctor', 'What this machine can run, and what is missing for the rest'],
    ['m2 doctor 2> /dev/null | jq -c "select(.ok | not)"', 'Only what cannot be used, as records'],
  ],
  async *run(_, __, { note }) {
    const { examine } = await import('../doctor/checks.js')
    for await (const finding of examine(process.env)) {
      const { check, ok, found, reason } = finding
      note(`${ok ? 'yes' : 'no '}  ${[check, found, reason].filter(Boolean).join(': ')}`)
      yield finding
    }
  },
})
