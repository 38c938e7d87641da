/** A stage as a function: the command's options, defaults and checks, without its command line. */
import { DataError, UsageError } from '../errors.js'
import { misfitOf } from '../formats/misfit.js'
import { flagOf, resolveOptions, suggest, type Options } from '../options.js'
import type { AnyStage } from '../stage.js'
import { loadStage } from '../stages/index.js'
import type { Call } from './call.js'
import { createContext } from './context.js'
import type { Records } from './records.js'

/**
 * Runs a stage over records. The stage's code is loaded when the first record is asked for.
 *
 * @throws UsageError for an option that is unknown or does not fit, DataError for records that do not
 */
export async function* runStage(
  name: string,
  records: Records<object> | undefined,
  given: object,
  call: Call = {},
): AsyncGenerator<object> {
  const stage = await loadStage(name)
  const options = optionsOf(stage, given)
  const places = new WeakMap<object, number>()
  const context = createContext(name, call, places)
  const reads = stage.input !== undefined && (stage.reads?.(options) ?? true)
  if (reads && records === undefined) throw new UsageError(`${name}: expected records to read, got none`)
  const input = reads && records !== undefined ? checked(stage, records, places, context.reject) : none()
  for await (const record of stage.run(input, options, context)) {
    if (stage.stops !== 'save') call.signal?.throwIfAborted()
    yield record
  }
}

function optionsOf(stage: AnyStage, given: object): Record<string, unknown> {
  const declared: Options = { ...stage.positional, ...stage.options }
  for (const name of Object.keys(given))
    if (!Object.hasOwn(declared, name))
      throw new UsageError(`${stage.name}: unknown option ${name}.${suggest(name, Object.keys(declared))}`)
  const byFlag = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [flagOf(name), value as unknown]),
  )
  return resolveOptions(declared, byFlag, {}, {}, (name) => `${stage.name}: ${name}`)
}

/** The records that fit the stage's schema, with their numbers. */
async function* checked(
  { input }: AnyStage,
  records: Records<object>,
  places: WeakMap<object, number>,
  reject: (error: DataError, record?: object) => void,
): AsyncGenerator<unknown> {
  let number = 0
  for await (const record of records) {
    number++
    const result = input!.safeParse(record) // a stage that reads has a schema
    if (result.success) {
      places.set(result.data as object, number) // the schemas are of objects
      yield result.data
    } else reject(new DataError(`record ${number}: ${misfitOf(result.error)}`), record)
  }
}

async function* none(): AsyncGenerator<never> {}
