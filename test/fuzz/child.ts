/** Reads damaged files one after another, and prints a line before each, and for each that is not taken as it should be. */
import { writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { readFileSync } from 'node:fs'
import { DataError, UsageError } from '../../lib/errors.js'
import { isRefusal } from '../../lib/files/refusal.js'
import { randomStream } from '../../lib/random.js'
import { mutate } from './mutate.js'
import { makeTargets, type Target } from './targets.js'

const [folder = '', seed = '1', from = '0', to = '0'] = process.argv.slice(2)
const targets = await makeTargets(join(folder, 'sound'))
const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`)

for (let index = Number(from); index < Number(to); index++) {
  const target = targets[index % targets.length]!
  const file = join(folder, `damaged${extname(target.seed)}`)
  await writeFile(file, mutate(readFileSync(target.seed), randomStream(Number(seed), index)))
  say({ index, target: target.name })
  const before = process.cpuUsage()
  const fault = await faultOf(target, file)
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  const megabytes = process.memoryUsage.rss() / 2 ** 20
  if (fault !== undefined) say({ index, target: target.name, fault })
  if (seconds > 2) say({ index, target: target.name, fault: `${seconds.toFixed(1)} s of processor time` })
  if (megabytes > 1024) say({ index, target: target.name, fault: `${Math.round(megabytes)} MB of memory` })
}

/** What is wrong with how a file was taken: undefined for values, and for an error that says what is wrong with the file. */
async function faultOf({ read }: Target, file: string): Promise<string | undefined> {
  try {
    const values = await read(file)
    return values && !Array.from(values).every(Number.isFinite) ? 'a value that is not finite' : undefined
  } catch (error) {
    const told = error instanceof DataError || error instanceof UsageError || isRefusal(error)
    return told ? undefined : String((error as Error).stack ?? error)
  }
}
