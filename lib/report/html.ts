/** HTML templates that escape what is put into them. */
/** A piece of HTML: text that is markup already, and is not escaped again. */
export interface Markup {
  readonly markup: string
}

export type Content = Markup | string | number | false | undefined | readonly Content[]

/** HTML from a template: whatever is put into it is escaped, but for other markup. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  const texts = strings.map((text) => text.replace(/\n\s+/g, '\n')) // without the indentation of the source
  return { markup: texts.map((text, i) => (i === 0 ? text : render(contents[i - 1]) + text)).join('') }
}

/** Text that is HTML already. */
export const raw = (markup: string): Markup => ({ markup })

function render(content: Content): string {
  if (content === undefined || content === false) return ''
  if (typeof content === 'string' || typeof content === 'number') return escape(String(content))
  return 'markup' in content ? content.markup : content.map(render).join('')
}

/** Also marks the control characters that HTML cannot hold. */
const escape = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[^\P{Cc}\t\n\r]/gu, '\ufffd')
