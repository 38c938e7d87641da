/** How the results were made: model, options, seed, data, date and command, at the end of the page. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { DataError, messageOf } from '../errors.js'
import { cannotRead } from '../files/refusal.js'
import { html, type Markup } from './html.js'

export interface OriginParts {
  /** Model directory, to read config.json from. */
  readonly model: string | undefined
  /** Files that the page was made from. */
  readonly files: readonly string[]
  readonly command: string
  readonly counts: readonly (readonly [name: string, text: string])[]
  readonly signatures: readonly string[]
}

export async function originSection(parts: OriginParts): Promise<Markup> {
  const { model, files, command, counts, signatures } = parts
  const config = model === undefined ? undefined : await readConfig(model)
  const date = await newest(files)
  const facts: [name: string, value: string][] = [
    ...(model !== undefined && config
      ? ([['Model', `${model}: ${sizesOf(config.model)}`]] as [string, string][])
      : []),
    ...(config?.origin?.['seed'] === undefined
      ? []
      : ([['Seed', String(config.origin['seed'])]] as [string, string][])),
    ...counts.map(([name, text]): [string, string] => [name, text]),
    ...(date === undefined ? [] : ([['Date of the newest file', date]] as [string, string][])),
  ]
  const options = Object.entries(config?.origin ?? {}).filter(([name]) => name !== 'seed')
  return html`<section id="origin" aria-labelledby="origin-title">
    <h2 id="origin-title">How this was made</h2>
    ${
      facts.length > 0 &&
      html`<dl class="facts-list">
        ${facts.map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>`
    }
    <p class="command" tabindex="0" role="region" aria-label="Command"><code>${command}</code></p>
    ${
      options.length > 0 &&
      folded(
        'Options of training',
        options.map(([name, value]) => `--${name} ${textOf(value)}`),
      )
    }
    ${signatures.length > 0 && folded('How scores were computed', signatures)}
  </section>`
}

const folded = (title: string, lines: readonly string[]) =>
  html`<details>
    <summary>${title}</summary>
    <ul class="lines">
      ${lines.map((line) => html`<li><code>${line}</code></li>`)}
    </ul>
  </details>`

/** Of config.json, what the page shows; the model reads it more strictly. */
const config = z.object({
  model: z.record(z.string(), z.unknown()),
  origin: z.record(z.string(), z.unknown()).optional(),
})

async function readConfig(directory: string): Promise<z.infer<typeof config>> {
  const file = join(directory, 'config.json')
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new DataError(`--model: expected a model directory; ${cannotRead(file, error).message}`)
  })
  try {
    return config.parse(JSON.parse(text))
  } catch (error) {
    throw new DataError(`${file}: expected a model's configuration; ${messageOf(error)}`)
  }
}

function sizesOf(model: Readonly<Record<string, unknown>>): string {
  const names: readonly (readonly [field: string, name: string])[] = [
    ['encoderLayers', 'encoder layers'],
    ['decoderLayers', 'decoder layers'],
    ['width', 'wide'],
    ['heads', 'heads'],
    ['memorySlots', 'memory slots'],
    ['regions', 'regions'],
    ['featureWidth', 'numbers a region'],
    ['vocabularySize', 'words'],
  ]
  return names
    .flatMap(([field, name]) => (typeof model[field] === 'number' ? [`${model[field]} ${name}`] : []))
    .join(', ')
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

/** The day, in UTC, on which the newest of the files was written. */
async function newest(files: readonly string[]): Promise<string | undefined> {
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => -Infinity,
      ),
    ),
  )
  const last = times.reduce((a, b) => Math.max(a, b), -Infinity)
  if (last === -Infinity) return undefined
  return new Date(last).toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
}
