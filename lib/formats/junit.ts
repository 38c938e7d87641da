/** JUnit XML reports, which continuous integration shows beside the tests. */

/** One check and its result. */
export interface TestCase {
  name: string
  /** What went wrong; undefined for a check that passed. */
  failure?: string | undefined
}

/** The report of a suite, as JUnit XML. */
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

/** Text as the value of an attribute. Characters that XML 1.0 does not allow become U+FFFD. */
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}
