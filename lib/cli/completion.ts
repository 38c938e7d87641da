/** Shell completion: the script, and the answers to the shell. */
import yargs from 'yargs'
import { declare } from './help.js'
import { commonOptions } from './parser.js'
import { loadStage, stages } from '../stages/index.js'

/** yargs writes the script and answers the shell's questions; it needs the stage being typed. */
export async function complete(argv: readonly string[]): Promise<void> {
  const typed = argv.slice(argv.indexOf('--get-yargs-completions') + 1).find((word) => word in stages)
  const parser = yargs([...argv])
    .scriptName('m2')
    .exitProcess(false)
    .help(false)
    .version(false)
    .completion('completion')
  for (const [name, { summary }] of Object.entries(stages)) parser.command(name, summary)
  if (typed !== undefined) {
    const stage = await loadStage(typed)
    for (const [name, option] of Object.entries({ ...stage.options, ...commonOptions }))
      declare(parser, name, option)
  }
  await parser.parseAsync()
}
