/** What another program prints, where it is installed. */
import { execFile } from 'node:child_process'

/** Standard output and error of a command, in that order; undefined where it cannot be run, fails, or takes over 10 s. */
export function outputOf(
  [file = '', ...args]: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(file, args, { timeout: 10_000, env: environment }, (error, stdout, stderr) =>
      resolve(error ? undefined : `${stdout}${stderr}`),
    )
  })
}
