/** m2 doctor: one line each, exit 0, whatever is missing. */
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { examine, type Finding } from '../../lib/doctor/checks.js'
import { m2 } from '../training/toy-run.js'

t.setTimeout(120_000)

t.test('every check gives a finding, with a reason where something cannot be used', async (t) => {
  const findings: Finding[] = []
  for await (const finding of examine({ ...process.env, PATH: '', CHROMIUM: '/nonexistent' }))
    findings.push(finding)
  const of = (check: string) => findings.find((finding) => finding.check === check)
  t.match(of('Node'), { ok: true, found: process.versions.node })
  t.match(of('processor'), { ok: true, found: /\d+ cores/ })
  t.match(of('memory'), { found: /GB, .* of it free/ })
  t.match(of('engine onnxruntime, device cpu'), { ok: true, found: /^onnxruntime \d/ })
  t.match(of('Chromium'), { ok: false, reason: /not found/ })
  t.match(of('MPI'), { ok: false, reason: /no mpirun on the PATH/ }, 'with an empty PATH')
  for (const { check, ok, reason } of findings) if (!ok) t.ok(reason, `${check}: ${reason}`)
})

t.test('the command prints a record and a line for each, and exits 0', async (t) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [m2, 'doctor'], {
    encoding: 'utf8',
    input: '',
  })
  t.equal(status, 0, stderr)
  const records = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding)
  t.ok(records.length > 10, `${records.length} findings`)
  for (const { check } of records) t.ok(stderr.includes(check), check)
})
