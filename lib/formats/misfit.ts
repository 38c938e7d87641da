import type { z } from 'zod'

/**
 * What does not fit a schema, in words: `sentences[2].raw: expected string, got nothing`.
 *
 * @param root what the value itself is called; a field of it is named from there on
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
