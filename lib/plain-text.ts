/** Output of a stage that is text for people, not a record: what `m2 score --format latex` writes to stdout. */

/** Stands for text among a stage's records; the command writes it as it is. */
export function plainText(text: string): object {
  return { [key]: text }
}

/** The text that an output stands for; undefined for a record. */
export function plainTextOf(output: object): string | undefined {
  return (output as { [key]?: string })[key] // undefined on every other object
}

const key = Symbol('plain text')
