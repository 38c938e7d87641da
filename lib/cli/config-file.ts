/** Options from the JSON file of `--config`. */
import { readFileSync } from 'node:fs'
import { UsageError, messageOf } from '../errors.js'
import { cannotRead } from '../files/refusal.js'
import { flagOf, suggest, type Options } from '../options.js'

/** Reads `--config FILE.json`. Throws UsageError for anything but an object, and for names that the stage does not have. */
export function readConfig(file: string, options: Options): Record<string, unknown> {
  let text
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--config: ${cannotRead(file, error).message}`)
  }
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`--config ${file}: expected a JSON object: ${messageOf(error)}`)
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new UsageError(`--config ${file}: expected one JSON object of option names and values`)
  for (const key of Object.keys(config))
    if (!Object.hasOwn(options, key) && !Object.keys(options).some((name) => flagOf(name) === key))
      throw new UsageError(
        `--config ${file}: unknown option "${key}"${suggest(key, Object.keys(options).map(flagOf))}`,
      )
  return { ...config }
}
