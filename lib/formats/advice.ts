import type { z } from 'zod'

/** The stage that gives records a field. */
const stageOf: Readonly<Record<string, string>> = {
  captions: 'm2 captions reads them from annotations',
  tokens: 'm2 tokenize adds them',
  features: 'm2 features adds them',
  caption: 'm2 decode adds it',
}

/**
 * What to do about a line that is not the record it should be: a whole annotation file in the place of records, or a
 * record that has not been through the stage before. Empty where nothing is known.
 */
export function adviceOn(value: unknown, { issues: [issue] }: z.ZodError): string {
  if (Array.isArray(value) || isAnnotations(value))
    return '; this is no record but a whole file: m2 captions FILE makes records of annotations'
  const [field, ...deeper] = issue?.path ?? []
  const known = deeper.length === 0 && typeof field === 'string' && isMissing(value, field)
  const stage = known ? stageOf[field] : undefined
  return stage === undefined ? '' : `; ${stage}`
}

function isAnnotations(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('annotations' in value || 'images' in value)
}

function isMissing(value: unknown, field: string): boolean {
  return typeof value === 'object' && value !== null && !(field in value)
}
