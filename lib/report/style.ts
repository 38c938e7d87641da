/** The page's style: system fonts, two accents, light and dark; charts take their colours from the same variables. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1e2327; --soft: #5d656c; --line: #e5e2da;
  --first: #0d6e6e; --second: #c06a1d; --third: #6a5fa8; --fourth: #a33f5b;
  --good: #2c7a4b; --bad: #b03a3a; --tint: #e4efed;
  --sans: ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', sans-serif;
  --serif: 'Iowan Old Style', 'Palatino Linotype', Palatino, 'URW Palladio L', 'Book Antiqua', Georgia, 'Liberation Serif', serif;
  --mono: ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --card: #1c2024; --ink: #e7e5e0; --soft: #9ea5ab; --line: #30363b;
    --first: #62c4b9; --second: #e3a468; --third: #aba3e4; --fourth: #e08aa2;
    --good: #79c99c; --bad: #e98f8f; --tint: #22383a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } * { transition: none !important; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 var(--sans); }
.page { max-width: 1200px; margin: 0 auto; padding: clamp(20px, 4vw, 56px) clamp(16px, 4vw, 40px) 72px; }
h1, h2, h3 { font-family: var(--serif); font-weight: 600; line-height: 1.2; text-wrap: balance; }
h1 { font-size: clamp(1.9rem, 5vw, 2.9rem); margin: 0; letter-spacing: -0.015em; overflow-wrap: anywhere; }
h2 { font-size: clamp(1.4rem, 3vw, 1.8rem); margin: 0 0 18px; }
h3 { font-size: 1.15rem; margin: 36px 0 14px; }
a { color: var(--first); text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--first); outline-offset: 2px; border-radius: 3px; }
header p { margin: 10px 0 0; color: var(--soft); max-width: 68ch; }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 18px; font-size: 0.94rem; }
section { margin-top: 56px; padding-top: 28px; border-top: 1px solid var(--line); }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 30px 0 0; padding: 0; }
.tiles > div { flex: 1 1 128px; max-width: 270px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px 12px; }
.tiles dt { color: var(--soft); font-size: 0.82rem; }
.tiles dd { margin: 2px 0 0; font-family: var(--serif); font-size: 1.75rem; line-height: 1.15; font-variant-numeric: lining-nums tabular-nums; }
.tiles small, td small { display: block; color: var(--soft); font: 0.76rem/1.4 var(--sans); white-space: nowrap; }
.note { color: var(--soft); font-size: 0.9rem; max-width: 76ch; margin: 12px 0; }
.soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); }
.beside { display: grid; grid-template-columns: minmax(0, 1fr); gap: 28px; align-items: start; }
@media (min-width: 980px) { .beside { grid-template-columns: minmax(0, 1fr) minmax(0, 430px); gap: 48px; } }
.table { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; min-width: min(100%, 340px); font-size: 0.94rem; }
.beside table { width: 100%; }
th, td { padding: 8px 18px 8px 0; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 4px; }
thead th { color: var(--soft); font-weight: 500; font-size: 0.84rem; vertical-align: bottom; }
tbody th { font-weight: 500; white-space: nowrap; }
@media (max-width: 560px) { th, td { padding-right: 10px; } table { font-size: 0.88rem; } td small { font-size: 0.68rem; } tbody th { white-space: normal; } }
.number { text-align: right; font-variant-numeric: lining-nums tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); gap: 30px 36px; }
.beside + .charts { margin-top: 34px; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: 0.92rem; font-weight: 600; margin-bottom: 6px; }
.chart svg { display: block; width: 100%; height: auto; max-width: 460px; }
.chart text { font-family: var(--sans); }
details { margin-top: 22px; } summary { cursor: pointer; color: var(--soft); font-size: 0.92rem; }
details .charts { margin-top: 18px; }
.signatures { padding-left: 18px; font-size: 0.8rem; color: var(--soft); overflow-wrap: anywhere; }
code { font-family: var(--mono); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 22px; align-items: start; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; min-width: 0; }
.said { padding: 14px 16px 16px; }
.caption { font: 1.22rem/1.45 var(--serif); margin: 0; overflow-wrap: anywhere; }
.caption button { font: inherit; color: inherit; background: none; border: 0; padding: 1px 3px; margin: 0 -1px; border-radius: 4px; cursor: pointer;
  text-decoration: underline 1px var(--line); text-underline-offset: 5px; transition: background 0.15s; overflow-wrap: anywhere; max-width: 100%; }
.caption button.lit { background: var(--tint); text-decoration-color: var(--first); }
.caption button[aria-pressed='true'] { box-shadow: inset 0 -2px 0 var(--first); text-decoration-color: transparent; }
.seen { margin: 6px 0 0; min-height: 1.5em; font-size: 0.82rem; color: var(--first); font-variant-numeric: tabular-nums; }
.facts { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 10px 0 0; font-size: 0.8rem; color: var(--soft); }
.facts b { color: var(--ink); font-weight: 600; }
.references { list-style: none; margin: 12px 0 0; padding: 10px 0 0; border-top: 1px solid var(--line); font-size: 0.89rem; color: var(--soft); }
.references li { padding: 2px 0; overflow-wrap: anywhere; }
.regions { display: block; width: 100%; height: auto; max-height: 420px; background: var(--paper); border-bottom: 1px solid var(--line); }
.regions image { image-orientation: none; transition: opacity 0.2s; }
.regions.looking image { opacity: 0.82; }
.region { --mark: var(--first); }
.region.against { --mark: var(--second); }
.region { fill: var(--mark); fill-opacity: 0; stroke: var(--soft); stroke-opacity: 0.3; stroke-width: 1; vector-effect: non-scaling-stroke; transition: fill-opacity 0.2s, stroke-opacity 0.2s; }
.looking .region { stroke-opacity: 0.18; }
.photograph .region { --mark: #ffd84d; stroke-opacity: 0; } .photograph .region.against { --mark: #ff9d7a; }
.looking .region.lit { stroke: var(--mark); stroke-width: 2.5; fill-opacity: calc(var(--part) * 0.24); stroke-opacity: calc(0.15 + var(--part) * 0.85); }
.photograph .region.lit { fill-opacity: calc(var(--part) * 0.1); }
.region.against { stroke-dasharray: 5 4; }
.regions text { font-family: var(--sans); font-weight: 650; fill: var(--ink); stroke: var(--card); stroke-width: 0.28em; stroke-linejoin: round; paint-order: stroke; font-variant-numeric: tabular-nums; }
.photograph .regions text { fill: #1e2327; stroke: #fff6d6; }
footer { margin-top: 64px; padding-top: 18px; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.85rem; }
@media print { nav { display: none; } .card { break-inside: avoid; } }
`
