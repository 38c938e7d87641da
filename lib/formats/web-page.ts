/**
 * What the start of a file shows when a web page was saved in a data file's stead, as happens when a download asks for
 * a login or has run out of quota: the page's title. undefined for anything but a page.
 */
export function webPageTitle(start: string): string | undefined {
  const text = start.trimStart()
  if (!/^<(!doctype|html|\?xml)/i.test(text)) return undefined
  return /<title>\s*([^<]{1,80})/i.exec(text)?.[1]?.trim() ?? text.slice(0, 60).trim()
}
