/** The page in a real browser: sizes, colours, keyboard and mouse. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser } from 'playwright-core'
import t from 'tap'
import { resolveOptions } from '../../lib/options.js'
import report from '../../lib/stages/report.js'
import { writeDrawings } from '../../lib/world/drawing/write.js'
import { createWorld } from '../../lib/world/world.js'
import { collect, listen, stream } from '../stages/collect.js'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const skip = existsSync(executablePath)
  ? false
  : `no Chromium at ${executablePath}: install Debian's, or name one in CHROMIUM`

t.setTimeout(300_000) // a loaded machine starts browsers slowly
const folder = mkdtempSync(join(tmpdir(), 'm2-browser-'))
t.teardown(() => rmSync(folder, { recursive: true }))

const words = 'a man with a red helmet rides a motorcycle past anunpronounceablylongcompoundwordofmany'.split(
  ' ',
)
const count = 12

/** Captions with regions: in boxes and without, by attention and by gradients, one word a script. */
const records = Array.from({ length: 40 }, (_, image) => ({
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
  classes: Array.from({ length: count }, (_, i) => (i === 2 ? 'dog' : `thing ${i + 1}`)),
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

/** XE and SCST as in `make demo`, with a drawing for each image. */
async function writePage(): Promise<string> {
  const path = (name: string) => join(folder, name)
  writeFileSync(path('log'), jsonl(events))
  writeFileSync(path('xe'), jsonl(scores(1)))
  const against = scores(1.1).map((score, i) => ({
    ...score,
    against: { score: (i + 3) / 10, ci: [0.01, 0.05] },
  }))
  writeFileSync(path('scst'), jsonl(against))
  writeFileSync(path('xe.captions'), jsonl(records.map(({ image_id }) => ({ image_id, caption: 'a man' }))))
  const world = createWorld({ seed: 1, width: 1, noise: 0, captions: 1 })
  const drawn = records.map(({ image_id }) => ({
    name: String(image_id),
    layout: world(image_id + 1).layout,
  }))
  await writeDrawings(path('images'), drawn.slice(0, 20))
  const file = path('report.html')
  const given = { out: file, about: 'What this is.', log: path('log'), scores: [`XE=${path('xe')}`, `SCST=${path('scst')}`], baseline: path('xe'), beside: [`XE=${path('xe.captions')}`], images: path('images') } // prettier-ignore
  const options = resolveOptions(report.options!, given, {}, {})
  const parsed = records.map((record) => report.input!.parse(record))
  await collect(report.run(stream(parsed), options as never, listen('report').context))
  return file
}

t.test('the page in a browser', { skip }, async (t) => {
  const file = await writePage()
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
        const bottom = await page.evaluate<number>(`document.querySelector('.caption').getBoundingClientRect().bottom`) // prettier-ignore
        t.ok(bottom < 1800, `the first caption ends at ${bottom} px, within two screens`)
        await page.evaluate(`document.querySelectorAll('details').forEach((one) => (one.open = true))`)
        t.equal(await page.locator('.chart').count(), 6, 'scores, two losses, rate, lengths, words')
        for (const chart of await page.locator('.chart svg').all()) {
          const box = await chart.boundingBox()
          t.ok(
            box && box.width > 250 && box.height > 100 && box.x + box.width <= size,
            'a chart has its place',
          )
        }
        t.equal(await page.evaluate('document.documentElement.scrollWidth'), size, 'nor with all unfolded')
        const { texts, low } = await page.evaluate<{ texts: number; low: string[] }>(contrasts)
        t.ok(texts > 300, `${texts} texts`)
        t.same(low, [], 'every text has the contrast of WCAG AA')
        await page.evaluate(`document.querySelector('.about').style.color = '#777777'`)
        const { low: faint } = await page.evaluate<{ low: string[] }>(contrasts)
        t.match(faint, [/^What this is/], 'grey text would be found')
        const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
        t.equal(paper === 'rgb(251, 250, 247)', colorScheme === 'light')
        t.same(problems, [], 'nothing on the console, nothing fetched')
        await page.close()
      })

  t.test('words light up their regions, by mouse and by keyboard', async (t) => {
    const { page, problems } = await open(browser, file, 1400, 'light')
    const card = page.locator('.card:has(.regions:not(.grid)):has([role="toolbar"])').first()
    const buttons = card.getByRole('button')
    const pressed = () => card.locator('[aria-pressed="true"]').allTextContents()
    const seen = () => card.locator('.seen').textContent()
    const labels = () => card.locator('.regions text').allTextContents()
    const focused = () => page.evaluate('document.activeElement.textContent')
    t.same(await pressed(), ['a'], 'a word to begin with')
    t.equal(await seen(), '\u201ca\u201d: thing 1 95\u00a0%')
    t.same(await labels(), ['thing 1 95\u00a0%'])
    t.equal(await card.locator('.region.lit').count(), 1)

    await buttons.nth(2).hover()
    t.equal(await seen(), '\u201cwith\u201d: dog 90\u00a0%')
    await page.mouse.move(0, 0)
    t.equal(await seen(), '\u201ca\u201d: thing 1 95\u00a0%', 'back to the word that is held')

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
    t.same(await labels(), [])
    t.equal(await card.locator('.caption [tabindex="0"]').count(), 1, 'one stop of the tab key')
    t.same(problems, [])
    await page.close()
  })

  t.test('every figure, table and control is reached by the tab key', async (t) => {
    const { page } = await open(browser, file, 1400, 'light')
    await page.evaluate(`document.querySelectorAll('main details').forEach((one) => (one.open = true))`)
    const wanted = await page.evaluate<number>(
      `document.querySelectorAll('figure, .regions, .table, [role="toolbar"], input, select, button, summary').length`,
    )
    await page.evaluate(`window.reached = new Set()`)
    for (let i = 0; i < 3 * wanted; i++) {
      await page.keyboard.press('Tab')
      await page.evaluate(`reached.add(document.activeElement.closest('[role="toolbar"]') ?? document.activeElement)`) // prettier-ignore
    }
    const missed = await page.evaluate(
      `[...document.querySelectorAll('figure, .regions, .table, [role="toolbar"], input, select, button, summary')].filter((one) => !reached.has(one)).map((one) => one.outerHTML.slice(0, 80))`,
    )
    t.ok(wanted > 30, `${wanted} of them`)
    t.same(missed, [])
    await page.close()
  })

  t.test('copied words keep their blanks', async (t) => {
    const { page } = await open(browser, file, 1400, 'light')
    const copied = await page.evaluate<string>(`
      getSelection().selectAllChildren(document.querySelector('[role="toolbar"]'))
      getSelection().toString()`)
    t.equal(copied.trim().slice(0, words.join(' ').length), words.join(' '))
    await page.close()
  })

  t.test('search and order', async (t) => {
    const { page, problems } = await open(browser, file, 1400, 'light')
    const shown = () => page.locator('.card').count()
    const images = () => page.locator('.facts span:first-child').allTextContents()
    t.equal(await shown(), 12)
    t.equal(await page.locator('#found').textContent(), '12 of 40 captions')
    await page.getByRole('button', { name: 'Show more' }).click()
    t.equal(await shown(), 24)
    await page.locator('#order').selectOption('file')
    t.same((await images()).slice(0, 3), ['image 0', 'image 1', 'image 2'])
    await page.locator('#query').fill('SCRIPT')
    t.same(await images(), ['image 4'], 'the only caption with that word')
    t.equal(await page.locator('#found').textContent(), '1 of 1 caption')
    await page.locator('#query').fill('nowhere at all')
    t.equal(await page.locator('#found').textContent(), 'No caption matches.')
    t.same(problems, [])
    await page.close()
  })

  t.test('gradients have a sign, and regions without boxes a place', async (t) => {
    const { page } = await open(browser, file, 400, 'dark')
    await page.locator('#order').selectOption('file')
    await page.evaluate(`for (let i = 0; i < 3; i++) document.getElementById('more').click()`)
    const card = page.locator('.card:has(.grid):has(.region.against)').first()
    t.equal(await card.locator('.region').count(), count)
    t.equal(await card.locator('.region.lit.against').count(), 5, 'of the six that count most')
    t.match(await card.locator('.seen').textContent(), /thing 1 \+0\.9|thing 1 \+1\.0/)
    await page.close()
  })

  t.test('printed, it is light and has no controls', async (t) => {
    const { page } = await open(browser, file, 1400, 'dark')
    const pdf = await page.pdf({ format: 'A4' })
    t.equal(pdf.subarray(0, 5).toString(), '%PDF-')
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    t.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)')
    t.equal(await page.locator('#controls').isVisible(), false)
    t.same((await page.evaluate<{ low: string[] }>(contrasts)).low, [])
    await page.close()
  })
})

/**
 * In the page: how many texts are visible, and those whose contrast with what lies behind them is less than WCAG 2.2 AA
 * asks for, 4.5, or 3 for large text. Labels over pictures have an outline, which is what lies behind them.
 */
const contrasts = `(() => {
  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number)
    return { r, g, b, a }
  }
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((value) => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * x + 0.7152 * y + 0.0722 * z
  }
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor)
      if (colour.a === 1) return colour
    }
    return { r: 255, g: 255, b: 255 }
  }
  const low = []
  let texts = 0
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node; (node = walker.nextNode()); ) {
    const element = node.parentElement
    if (!node.data.trim() || element.closest('script, style, template') || !element.checkVisibility()) continue
    if (element.tagName === 'OPTION') continue // drawn by the system
    texts++
    const style = getComputedStyle(element)
    const isSvg = element instanceof SVGElement
    const ink = parse(isSvg ? style.fill : style.color)
    const paper = isSvg && style.stroke !== 'none' ? parse(style.stroke) : behind(element)
    const [a, b] = [luminance(ink), luminance(paper)].sort((x, y) => y - x)
    const ratio = (a + 0.05) / (b + 0.05)
    const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700)
    if (ratio < (isLarge ? 3 : 4.5)) low.push(node.data.trim().slice(0, 40) + ': ' + ratio.toFixed(2))
  }
  return { texts, low: [...new Set(low)] }
})()`

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
