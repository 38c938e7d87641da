/** The command line that a stage's options stand for. */
import { flagOf, type Options } from '../options.js'

/**
 * @param given resolved options; those that are switched off, absent or equal to their default are left out
 * @returns for a POSIX shell: `m2 report --title 'The demo' --out report.html`
 */
export function commandOf(
  stage: string,
  given: Readonly<Record<string, unknown>>,
  declared: Options,
): string {
  const words = Object.entries(given).flatMap(([name, value]) => {
    if (value === undefined || value === false || value === declared[name]?.default) return []
    const values = value === true ? [] : Array.isArray(value) ? value.map(String) : [String(value)]
    return [`--${flagOf(name)}`, ...values.map(quoted)]
  })
  return ['m2', stage, ...words].join(' ')
}

const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
