/**
 * The page's only script: words light up the regions they come from. It runs in the reader's browser, so it is text here;
 * it takes nothing from the page but numbers, and writes nothing but text.
 */
export const script = `
'use strict'
for (const card of document.querySelectorAll('[data-weights]')) {
  const weights = JSON.parse(card.dataset.weights)
  const words = [...card.querySelectorAll('button')]
  const regions = [...card.querySelectorAll('.region')]
  const labels = [...card.querySelectorAll('.regions text')]
  const seen = card.querySelector('.seen')
  const share = card.dataset.method === 'attention'
  const write = (value) =>
    share ? Math.round(100 * value) + '\\u00a0%' : (value < 0 ? '\\u2212' : '+') + Math.abs(value).toFixed(1)
  let held = -1

  function show(word) {
    words.forEach((button, i) => button.classList.toggle('lit', i === word))
    const of = weights[word] ?? []
    const most = Math.max(1e-9, ...of.map(Math.abs))
    const order = of.map((_, i) => i).sort((a, b) => Math.abs(of[b]) - Math.abs(of[a]))
    const lit = order.slice(0, 6).filter((i) => Math.abs(of[i]) > 0.12 * most)
    const named = order.slice(0, 3).filter((i) => Math.abs(of[i]) > 0.2 * most)
    regions.forEach((region, i) => {
      region.style.setProperty('--part', lit.includes(i) ? (Math.abs(of[i]) / most).toFixed(3) : '0')
      region.classList.toggle('lit', lit.includes(i))
      region.classList.toggle('against', of[i] < 0)
      labels[i].textContent = named.includes(i) ? write(of[i]) : ''
    })
    if (regions.length > 0) card.querySelector('.regions').classList.toggle('looking', word >= 0)
    seen.textContent =
      word < 0
        ? ''
        : named.map((i) => 'region\\u00a0' + (i + 1) + ':\\u00a0' + write(of[i])).join(' \\u00b7 ')
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
      else if (to === undefined) return
      else moveTo(to)
      event.preventDefault()
    })
  })
  // To begin with, the word that owes most to one region.
  const peaks = weights.map((of) => Math.max(0, ...of))
  if (peaks.length > 0) hold(peaks.indexOf(Math.max(...peaks)))
}
`
