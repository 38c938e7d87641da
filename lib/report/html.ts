/** HTML templates that escape what is put into them. */

/** A piece of HTML: text that is markup already, and is not escaped again. */
export interface Markup {
  readonly markup: string
}

export type Content = Markup | string | number | false | undefined | readonly Content[]

/** HTML from a template. Everything put into it is escaped, except other markup. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  const texts = strings.map((text) => text.replace(/\n\s+/g, '\n')) // without the indentation of the source
  return { markup: texts.map((text, i) => (i === 0 ? text : render(contents[i - 1]) + text)).join('') }
}

/** Text that is HTML already. */
export const raw = (markup: string): Markup => ({ markup })

/**
 * Text without what a page should not pass on: control characters, halves of surrogate pairs, and the characters that
 * reverse the direction of what follows. Each becomes U+FFFD; line breaks and tabs become blanks.
 */
export const clean = (text: string): string =>
  text.replace(/[\t\n\r]/g, ' ').replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')

function render(content: Content): string {
  if (content === undefined || content === false) return ''
  if (typeof content === 'string' || typeof content === 'number') return escape(clean(String(content)))
  return 'markup' in content ? content.markup : content.map(render).join('')
}

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
