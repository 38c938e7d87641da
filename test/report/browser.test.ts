/** The page in a real browser: sizes, colours, keyboard and mouse. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser } from 'playwright-core'
import t from 'tap'
import { resolveOptions } from '../../lib/options.js'
import report from '../../lib/stages/report.js'
import { collect, listen, stream } from '../stages/collect.js'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const skip = existsSync(executablePath)
  ? false
  : `no Chromium at ${executablePath}: install Debian's, or name one in CHROMIUM`

const folder = mkdtempSync(join(tmpdir(), 'm2-browser-'))
t.teardown(() => rmSync(folder, { recursive: true }))

const words = 'a man with a red helmet rides a motorcycle past anunpronounceablylongcompoundwordofmany'.split(
  ' ',
)
const count = 12

/** Captions with regions: in boxes and without, by attention and by gradients, one word a script. */
const records = Array.from({ length: 9 }, (_, image) => ({
  image_id: image,
  caption: words.join(' '),
  captions: [words.slice(image % 3).join(' '), 'a motorcycle on a road'],
  log_prob: -image,
  ...(image % 3 < 2 && {
    attributions: {
      method: image % 2 ? 'gradients' : 'attention',
      words: [...words, ...(image === 4 ? ['<script>'] : [])].map((word, i) => ({ word, regions: weights(i, image % 2 ? -0.2 : 0.01) })), // prettier-ignore
    },
  }),
  ...(image % 3 === 0 && {
    width: 640,
    height: 480,
    boxes: Array.from({ length: count }, (_, i) => [20 * i, 15 * i, 20 * i + 200, 15 * i + 150]),
  }),
}))

/** Each word looks at a region of its own, the first one most. */
function weights(word: number, others: number): number[] {
  return Array.from({ length: count }, (_, region) => (region !== word ? others : word === 0 ? 0.95 : 0.9))
}

const jsonl = (values: readonly object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
const events = Array.from({ length: 40 }, (_, step) => ({
  event: 'step',
  step,
  objective: step < 20 ? 'xe' : 'scst',
  loss: 5 / (step + 1),
  rate: 1e-4 * step,
}))
const scores = (factor: number) =>
  ['BLEU-1', 'BLEU-4', 'METEOR', 'ROUGE-L', 'CIDEr-D'].map((metric, i) => {
    const score = (factor * (i + 3)) / 10
    return { metric, score, ci: [score - 0.02, score + 0.02], n: 9, signature: `${metric}|tok:ptb` }
  })

t.test('the page in a browser', { skip }, async (t) => {
  const path = (name: string) => join(folder, name)
  writeFileSync(path('log'), jsonl(events))
  writeFileSync(path('xe'), jsonl(scores(1)))
  writeFileSync(path('scst'), jsonl(scores(1.1)))
  const file = path('report.html')
  const given = { out: file, log: path('log'), scores: [`XE=${path('xe')}`, `SCST=${path('scst')}`], baseline: path('xe') } // prettier-ignore
  const options = resolveOptions(report.options!, given, {}, {})
  const parsed = records.map((record) => report.input!.parse(record))
  await collect(report.run(stream(parsed), options as never, listen('report').context))

  const args =
    '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking ' +
    '--disable-component-update --disable-sync'
  const browser = await chromium.launch({ executablePath, args: args.split(' ') })
  t.teardown(() => browser.close())

  for (const size of [400, 1400])
    for (const colorScheme of ['light', 'dark'] as const)
      t.test(`${size} px, ${colorScheme}`, async (t) => {
        const { page, problems } = await open(browser, file, size, colorScheme)
        t.equal(await page.evaluate('document.documentElement.scrollWidth'), size, 'the page is no wider')
        t.equal(await page.locator('.chart').count(), 5, 'scores, two losses, rate, lengths')
        for (const chart of await page.locator('.chart svg').all()) {
          const box = await chart.boundingBox()
          t.ok(
            box && box.width > 250 && box.height > 100 && box.x + box.width <= size,
            'a chart has its place',
          )
        }
        const style = (selector: string, property: string) =>
          page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).${property}`)
        const paper = brightness(await style('body', 'backgroundColor'))
        const ink = brightness(await style('body', 'color'))
        const label = brightness(await style('.chart text', 'fill'))
        t.equal(ink < paper, colorScheme === 'light')
        t.ok(Math.abs(ink - paper) > 150, 'text stands out')
        t.ok(Math.abs(label - paper) > 80, 'and so does that of charts')
        t.ok((await page.screenshot()).length > 20_000)
        t.same(problems, [], 'nothing on the console, nothing fetched')
        await page.close()
      })

  t.test('words light up their regions, by mouse and by keyboard', async (t) => {
    const { page, problems } = await open(browser, file, 1400, 'light')
    const card = page.locator('.card[data-method="attention"]').first()
    const buttons = card.getByRole('button')
    const pressed = () => card.locator('button[aria-pressed="true"]').allTextContents()
    const seen = () => card.locator('.seen').textContent()
    const focused = () => page.evaluate('document.activeElement.textContent')
    t.same(await pressed(), ['a'], 'a word to begin with')
    t.equal(await seen(), 'region\u00a01:\u00a095\u00a0%')
    t.equal(await card.locator('.region.lit').count(), 1)

    await buttons.nth(2).hover()
    t.equal(await seen(), 'region\u00a03:\u00a090\u00a0%')
    await page.mouse.move(0, 0)
    t.equal(await seen(), 'region\u00a01:\u00a095\u00a0%', 'back to the word that is held')

    await buttons.first().focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    t.equal(await focused(), 'with')
    await page.keyboard.press('Enter')
    t.same(await pressed(), ['with'])
    await page.keyboard.press('End')
    t.equal(await focused(), words.at(-1))
    await page.keyboard.press('ArrowRight')
    t.equal(await focused(), 'a', 'round and round')
    await page.keyboard.press('Escape')
    t.same(await pressed(), [])
    t.equal(await card.locator('button[tabindex="0"]').count(), 1, 'one stop of the tab key')
    await page.keyboard.press('Tab')
    t.notOk(
      await card.evaluate('(card) => card.contains(document.activeElement)'),
      'which then leaves the card',
    )
    t.same(problems, [])
    await page.close()
  })

  t.test('gradients have a sign, and regions without boxes a place', async (t) => {
    const { page } = await open(browser, file, 400, 'dark')
    const card = page.locator('.card[data-method="gradients"]:has(.grid)').first()
    t.equal(await card.locator('.region').count(), count)
    t.equal(await card.locator('.region.lit.against').count(), 5, 'of the six that count most')
    t.match(await card.locator('.seen').textContent(), /^region\u00a01:\u00a0\+0\.9/)
    await page.close()
  })
})

async function open(browser: Browser, file: string, width: number, colorScheme: 'light' | 'dark') {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
  const problems: string[] = []
  page.on('console', (message) => problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) problems.push(request.url())
  })
  await page.goto(pathToFileURL(file).href)
  return { page, problems }
}

/** Of `rgb(r, g, b)`, from 0 to 255. */
const brightness = (colour: string) =>
  (colour.match(/[\d.]+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part) / 3, 0)
