/** What zod found wrong with a value, as a message. */

import type { z } from 'zod'

/**
 * The first mismatch between a value and its schema: `sentences[2].raw: expected string, got nothing`.
 *
 * @param root the name of the value itself, which the names of its fields begin with
 */
export function misfitOf({ issues: [issue] }: z.ZodError, root = ''): string {
  const steps = issue?.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)) ?? []
  const field = `${root}${steps.join('')}`.replace(/^\./, '')
  const message = (issue?.message ?? 'does not fit')
    .replace(/^Invalid input: /, '')
    .replace('received undefined', 'got nothing')
    .replace('received', 'got')
  return field === '' ? message : `${field}: ${message}`
}
