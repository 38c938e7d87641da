/** stderr: the one place through which messages reach the terminal. */

/** Writes a message and a line break. A reader that has closed is ignored: there is nobody left to tell. */
export function say(message: string): void {
  if (!watched) process.stderr.on('error', () => undefined)
  watched = true
  process.stderr.write(`${visible(message)}\n`)
}

let watched = false

/**
 * Text with its control characters written out, as `\u001b`: ids, captions and file names come from elsewhere, and
 * escape sequences in them would change the terminal. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- these are what is wanted
    /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
