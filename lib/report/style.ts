/** The page's style: system fonts, light and dark, one colour for each meaning; charts use the same variables. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1e2327; --soft: #5b636a; --line: #e3e0d8; --edge: #85898c;
  --scst: #0d6e6e; --xe: #7458b8; --third: #a3541a; --fourth: #a33f5b; --people: #8a8f95;
  --good: #24713f; --bad: #a93232; --mark: #ffd84d; --against: #ff9d7a; --tint: #ffefb3;
  --sans: ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', sans-serif;
  --serif: 'Iowan Old Style', 'Palatino Linotype', Palatino, 'URW Palladio L', 'Book Antiqua', Georgia, 'Liberation Serif', serif;
  --mono: ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --card: #1c2024; --ink: #e7e5e0; --soft: #a3aab0; --line: #30363b; --edge: #767d83;
    --scst: #62c4b9; --xe: #b5a3ee; --third: #e3a468; --fourth: #e08aa2; --people: #8a9197;
    --good: #79c99c; --bad: #ee9797; --tint: #574813;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } * { transition: none !important; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 var(--sans); }
.page { max-width: 1200px; margin: 0 auto; padding: clamp(18px, 4vw, 48px) clamp(16px, 4vw, 40px) 64px; }
h1, h2, h3 { font-family: var(--serif); font-weight: 600; line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.7rem, 5vw, 2.7rem); margin: 0; letter-spacing: -0.015em; }
h2 { font-size: clamp(1.35rem, 3vw, 1.8rem); margin: 0 0 14px; }
a { color: var(--scst); text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--scst); outline-offset: 3px; border-radius: 3px; }
.about { margin: 10px 0 0; max-width: 72ch; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: 2px 18px; margin-top: 14px; font-size: 0.94rem; }
section { margin-top: 48px; padding-top: 26px; border-top: 1px solid var(--line); }
.note { color: var(--soft); font-size: 0.9rem; max-width: 80ch; margin: 10px 0; }
.soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); }
small { font-size: 0.78rem; }

.verdict { margin-top: 22px; padding-top: 20px; }
.verdict h2 { font-size: clamp(1.3rem, 3.4vw, 1.9rem); margin-bottom: 10px; }
.verdict .note:first-child { margin-top: 0; }
@media (max-width: 979px) { .verdict .beside { gap: 12px; } }
.race { max-width: 620px; display: grid; gap: 5px; }
.race figcaption { font-size: 0.82rem; font-weight: 400; color: var(--soft); margin: 0; }
.race > div { display: grid; grid-template-columns: minmax(0, 11.5em) minmax(0, 1fr) 4em; align-items: center; gap: 12px; font-size: 0.95rem; }
.race .who { overflow-wrap: anywhere; }
.race .bar { height: 20px; width: var(--of); min-width: 2px; border-radius: 3px; background: var(--own); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.race b { font-variant-numeric: lining-nums tabular-nums; text-align: right; }
.gain { margin: 10px 0 0; font-variant-numeric: lining-nums tabular-nums; }
.gain b { font-size: 1.15rem; margin-right: 4px; }
.tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 18px 0 0; padding: 0; }
.tiles > div { flex: 1 1 130px; max-width: 220px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px 14px; }
.tiles dt { color: var(--soft); font-size: 0.82rem; }
.tiles dd { margin: 0; font-family: var(--serif); font-size: 1.5rem; line-height: 1.25; font-variant-numeric: lining-nums tabular-nums; white-space: nowrap; }
.tiles small { font: 600 0.84rem var(--sans); }

.controls { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; margin: 0 0 16px; font-size: 0.9rem; }
.controls label { display: flex; align-items: center; gap: 8px; }
.controls input, .controls select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--edge); border-radius: 7px; padding: 6px 10px; min-width: 0; max-width: 100%; }
.controls input::placeholder { color: var(--soft); opacity: 1; }
.controls output { color: var(--soft); }
button { cursor: pointer; padding: 9px 18px; }
.more { text-align: center; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 20px; align-items: start; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; min-width: 0; }
.said { padding: 12px 16px 14px; }
.said p { margin: 0; unicode-bidi: isolate; }
.badge { font-size: 0.8rem; color: var(--soft); display: flex; flex-wrap: wrap; gap: 0 10px; overflow-wrap: anywhere; }
.badge b { color: var(--ink); }
.caption { font: 1.2rem/1.5 var(--serif); overflow-wrap: anywhere; }
.caption [role='button'] { cursor: pointer; border-radius: 4px; padding: 1px 2px; margin: 0 -2px; text-decoration: underline dotted 1px var(--edge); text-underline-offset: 5px; transition: background 0.15s; }
.caption [role='button'].lit { background: var(--tint); text-decoration-color: transparent; }
.caption [aria-pressed='true'] { text-decoration: underline solid 2px var(--ink) !important; }
.seen { min-height: 1.5em; font-size: 0.84rem; color: var(--soft); font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.other { margin-top: 8px; padding-top: 8px; border-top: 1px solid var(--line); font-family: var(--serif); overflow-wrap: anywhere; }
.other .badge { font-family: var(--sans); }
.people { margin-top: 8px; padding-top: 8px; border-top: 1px solid var(--line); }
.people ul { list-style: none; margin: 0; padding: 0; font-size: 0.87rem; color: var(--soft); }
.people li { padding: 1px 0; overflow-wrap: anywhere; unicode-bidi: isolate; }
.facts { display: flex; flex-wrap: wrap; gap: 2px 14px; padding-top: 8px; font-size: 0.78rem; color: var(--soft); overflow-wrap: anywhere; }
.facts b { color: var(--ink); font-weight: 600; }

.regions { display: block; width: 100%; height: auto; max-height: 400px; background: var(--paper); border-bottom: 1px solid var(--line); }
.regions:focus-visible { outline-offset: -3px; }
.regions image { transition: opacity 0.2s; }
.region { --of: var(--mark); fill: var(--of); fill-opacity: 0; stroke: var(--of); stroke-opacity: 0; stroke-width: 1; vector-effect: non-scaling-stroke; transition: fill-opacity 0.15s, stroke-opacity 0.15s; }
.region.against { --of: var(--against); stroke-dasharray: 5 4; }
.regions:hover .region:not(.lit), .regions:focus-visible .region:not(.lit), .grid .region:not(.lit) { stroke: var(--edge); stroke-opacity: 0.7; }
.region.lit { stroke: var(--ink); stroke-width: 2; fill-opacity: calc(var(--part) * 0.5); stroke-opacity: calc(0.2 + var(--part) * 0.8); }
.photograph .region.lit { fill-opacity: 0; stroke: var(--of); stroke-width: 3.5; stroke-opacity: 1; opacity: calc(0.12 + var(--part) * 0.88); filter: drop-shadow(0 0 1px #000) drop-shadow(0 0 1px #000); }
.regions text { font-family: var(--sans); font-weight: 650; fill: #1e2327; stroke: #fff3c4; stroke-width: 0.3em; stroke-linejoin: round; paint-order: stroke; font-variant-numeric: tabular-nums; pointer-events: none; }

.beside { display: grid; grid-template-columns: minmax(0, 1fr); gap: 26px; align-items: start; }
@media (min-width: 980px) { .beside { grid-template-columns: minmax(0, 1fr) minmax(0, 430px); gap: 48px; } }
.table { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; min-width: min(100%, 340px); width: 100%; font-size: 0.94rem; }
th, td { padding: 8px 18px 8px 0; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th:last-child, td:last-child { padding-right: 4px; }
td small { display: block; color: var(--soft); white-space: nowrap; }
thead th { white-space: normal !important; color: var(--soft); font-weight: 500; font-size: 0.84rem; vertical-align: bottom; }
tbody th { font-weight: 500; white-space: nowrap; }
@media (max-width: 560px) { th, td { padding-right: 9px; } table { font-size: 0.86rem; } td small { font-size: 0.66rem; } tbody th:not(.metric) { white-space: normal; } }
.number { text-align: right; white-space: nowrap; font-variant-numeric: lining-nums tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); gap: 28px 36px; }
.beside + .charts { margin-top: 32px; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: 0.92rem; font-weight: 600; margin-bottom: 6px; overflow-wrap: anywhere; }
.chart svg { display: block; width: 100%; height: auto; max-width: 460px; }
.chart text { font-family: var(--sans); }
details { margin-top: 18px; } summary { cursor: pointer; color: var(--soft); font-size: 0.92rem; }
.people details { margin: 0; } .people summary { font-size: 0.82rem; }
details .charts { margin-top: 18px; }
.facts-list { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 22px; margin: 0 0 16px; font-size: 0.92rem; }
.facts-list dt { color: var(--soft); } .facts-list dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 560px) { .facts-list { grid-template-columns: minmax(0, 1fr); gap: 0; } .facts-list dd { margin-bottom: 8px; } }
.command { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; font-size: 0.82rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.lines { padding-left: 18px; font-size: 0.8rem; color: var(--soft); overflow-wrap: anywhere; }
code { font-family: var(--mono); }
footer { margin-top: 56px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.85rem; }
@media (max-width: 560px) {
  section { margin-top: 36px; padding-top: 20px; }
  .verdict { margin-top: 16px; padding-top: 16px; }
  .race > div { grid-template-columns: minmax(0, 8.2em) minmax(0, 1fr) 3.2em; gap: 8px; font-size: 0.88rem; }
  .tiles { gap: 6px; } .tiles > div { flex: 1 1 100px; padding: 7px 9px; } .tiles dd { font-size: 1.15rem; } .tiles small { font-size: 0.74rem; }
  .controls label { width: 100%; } .controls input, .controls select { flex: 1; }
}
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #111; --soft: #555; --line: #ccc; --scst: #0d6e6e; --xe: #7458b8; --third: #a3541a; --fourth: #a33f5b; --people: #8a8f95; --good: #24713f; --bad: #a93232; --tint: #ffefb3; color-scheme: light; }
  body { font-size: 11pt; } .page { max-width: none; padding: 0; }
  nav, .controls, .more, .on-screen { display: none !important; }
  .cards { grid-template-columns: repeat(2, minmax(0, 1fr)); } .card, .chart, tr, .tiles > div { break-inside: avoid; }
  .card, .region, .caption [role='button'].lit { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .beside { grid-template-columns: minmax(0, 1fr); } h2 { break-after: avoid; }
}
`
