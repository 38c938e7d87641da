/** The page's only script, as text: words light up their regions, and captions can be searched and sorted. */
export const script = `
'use strict'
const byId = (id) => document.getElementById(id)

// Words and their regions. The page is written with every number and text; this only moves them into view.
function prepare(card) {
  const shown = JSON.parse(card.dataset.words)
  const caption = card.querySelector('.caption')
  const words = [...caption.children]
  caption.setAttribute('role', 'toolbar')
  caption.setAttribute('aria-label', 'Words of the caption: ' + caption.textContent)
  words.forEach((word, i) => {
    word.setAttribute('role', 'button')
    word.tabIndex = i === 0 ? 0 : -1
  })
  const figure = card.querySelector('.regions')
  const regions = [...figure.querySelectorAll('.region')]
  const seen = card.querySelector('.seen')
  let held = -1

  function show(word) {
    words.forEach((button, i) => button.classList.toggle('lit', i === word))
    for (const region of regions) region.classList.remove('lit', 'against')
    for (const label of figure.querySelectorAll('text')) label.remove()
    const [lit, text] = shown[word] ?? [[], '']
    for (const [region, part, label, x, y] of lit) {
      regions[region].style.setProperty('--part', Math.abs(part))
      regions[region].classList.add('lit')
      regions[region].classList.toggle('against', part < 0)
      if (label === undefined) continue
      const element = document.createElementNS('http://www.w3.org/2000/svg', 'text')
      element.setAttribute('x', x)
      element.setAttribute('y', y)
      element.textContent = label
      figure.append(element)
    }
    figure.classList.toggle('looking', word >= 0)
    seen.textContent = word < 0 ? '' : '\\u201c' + words[word].textContent + '\\u201d: ' + text
  }

  function hold(word) {
    held = word
    words.forEach((button, i) => button.setAttribute('aria-pressed', String(i === word)))
    show(word)
  }

  function moveTo(word) {
    words.forEach((button, i) => (button.tabIndex = i === word ? 0 : -1))
    words[word].focus()
  }

  words.forEach((button, i) => {
    button.addEventListener('pointerenter', () => show(i))
    button.addEventListener('pointerleave', () => show(held))
    button.addEventListener('focus', () => show(i))
    button.addEventListener('blur', () => show(held))
    button.addEventListener('click', () => hold(held === i ? -1 : i))
    button.addEventListener('keydown', (event) => {
      const last = words.length - 1
      const to = {
        ArrowRight: i === last ? 0 : i + 1,
        ArrowLeft: i === 0 ? last : i - 1,
        ArrowDown: i === last ? 0 : i + 1,
        ArrowUp: i === 0 ? last : i - 1,
        Home: 0,
        End: last,
      }[event.key]
      if (event.key === 'Escape') hold(-1)
      else if (event.key === 'Enter' || event.key === ' ') hold(held === i ? -1 : i)
      else if (to === undefined) return
      else moveTo(to)
      event.preventDefault()
    })
  })
  if (words.length > 0) hold(Number(card.dataset.peak))
}

addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details')) details.open = true
})

// The cards: those on the page at first, and those in the template.
const list = byId('cards')
if (list) {
  const first = list.children.length
  const cards = [...list.children, ...(byId('more-cards')?.content.children ?? [])]
  const prepared = new Set()
  const [query, order, found, more] = ['query', 'order', 'found', 'more'].map(byId)
  const texts = new Map()
  let most = first

  const textOf = (card) => {
    if (!texts.has(card)) texts.set(card, card.querySelector('.said').textContent.toLowerCase())
    return texts.get(card)
  }
  const number = (card, name, other) => (card.dataset[name] === undefined ? other : Number(card.dataset[name]))
  // Cards without the number come last.
  const by = (name, sign) => (a, b) =>
    sign * number(a, name, sign * Infinity) - sign * number(b, name, sign * Infinity) ||
    number(a, 'at') - number(b, 'at')
  const orders = {
    best: by('score', -1),
    worst: by('score', 1),
    gained: by('gain', -1),
    lost: by('gain', 1),
    file: by('at', 1),
  }

  function chosen() {
    const words = (query?.value ?? '').toLowerCase().split(/\\s+/).filter(Boolean)
    const matching = cards.filter((card) => words.every((word) => textOf(card).includes(word)))
    const sorted = order && order.value !== 'spread'
      ? matching.sort(orders[order.value])
      : matching.sort(by('order', 1)).slice(0, most).sort(orders.best)
    return [sorted.slice(0, most), matching.length]
  }

  function update() {
    const [shown, count] = chosen()
    list.replaceChildren(...shown)
    for (const card of shown)
      if (card.dataset.words && !prepared.has(card)) {
        prepared.add(card)
        prepare(card)
      }
    if (found)
      found.textContent = count === 0 ? 'No caption matches.' : shown.length + ' of ' + count.toLocaleString('en-US') + (count === 1 ? ' caption' : ' captions')
    if (more) more.hidden = shown.length >= count
  }

  const again = () => {
    most = first
    update()
  }
  query?.addEventListener('input', again)
  order?.addEventListener('change', again)
  byId('controls')?.addEventListener('submit', (event) => event.preventDefault())
  more?.addEventListener('click', () => {
    const from = list.children.length
    most += Math.max(first, 12)
    update()
    if (order?.value !== 'spread') list.children[from]?.querySelector('[tabindex="0"]')?.focus({ preventScroll: true })
  })
  if (byId('controls')) byId('controls').hidden = cards.length < 2
  update()
}
`
