/** One thing that was checked. */
export interface TestCase {
  name: string
  /** What went wrong, where something did. */
  failure?: string | undefined
}

/** A JUnit XML report, which continuous integration shows beside the tests. */
export function junitReport(suite: string, cases: readonly TestCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length
  const counts = `tests="${cases.length}" failures="${failures}" errors="0"`
  const body = cases.map(({ name, failure }) => {
    const opening = `    <testcase classname="${escape(suite)}" name="${escape(name)}"`
    return failure === undefined
      ? `${opening}/>\n`
      : `${opening}>\n      <failure message="${escape(failure)}"/>\n    </testcase>\n`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="${escape(suite)}" ${counts}>
${body.join('')}  </testsuite>
</testsuites>
`
}

/** An attribute's value. Characters that XML 1.0 cannot hold, even escaped, become U+FFFD. */
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}
