/** How a report looks: every colour is named once, for light and for dark; contrast of text is at least 4.5 in both. */

const LIGHT = `--paper: #fdfdfb; --ink: #1c1d1f; --soft: #5a5d63; --rule: #c9cac6; --grid: #e6e6e2; --card: #f4f4f0;
--base: #3a3c40; --intra: #0067a5; --inter: #b8420f; --random: #767676; --tome: #04785a; --q8: #6d3fc0;
--cascade: #ad2767; --mixed: #80590b;
--stage-0: #b9c6d3; --stage-1: #7f9bb5; --stage-2: #2f5d87; --stage-3: #c58a3d; --good: #04785a; --bad: #b02a1a;`

const DARK = `--paper: #131417; --ink: #e9e9e6; --soft: #a4a7ad; --rule: #4b4e54; --grid: #2b2d31; --card: #1d1f23;
--base: #d8d8d4; --intra: #56b4f0; --inter: #f59156; --random: #969696; --tome: #3fce9e; --q8: #b79cf7;
--cascade: #f37db4; --mixed: #dcb04c;
--stage-0: #4f5f70; --stage-1: #6f8ba6; --stage-2: #8fc0ec; --stage-3: #d9a35a; --good: #3fce9e; --bad: #ff8a7a;`

const FAMILIES = ['base', 'intra', 'inter', 'random', 'tome', 'q8', 'cascade', 'mixed']

export const PAGE_STYLE = `:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
header { border-bottom: 2px solid var(--ink); padding-bottom: 20px; }
h1 { font-size: clamp(26px, 4.4vw, 38px); line-height: 1.15; letter-spacing: -0.015em; font-weight: 650; margin: 2px 0 10px; text-wrap: balance; }
.kicker { font-size: 13px; letter-spacing: 0.04em; color: var(--soft); margin: 0; }
.lead { margin: 0; color: var(--soft); max-width: 76ch; overflow-wrap: anywhere; }
h2 { font-size: 21px; line-height: 1.25; letter-spacing: -0.01em; font-weight: 650; margin: 0 0 6px; }
h3 { font-size: 15px; line-height: 1.35; font-weight: 650; margin: 0 0 10px; }
section { margin-top: 52px; }
section > p { margin: 0 0 14px; color: var(--soft); max-width: 76ch; }
section > .after { margin: 16px 0 0; }
section > ul { margin: 0; padding-left: 20px; font-size: 14px; color: var(--soft); max-width: 96ch; overflow-wrap: anywhere; }
section li + li { margin-top: 4px; } .tabular + h3 { margin-top: 24px; }
.findings { list-style: none; display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 1px; margin: 28px 0 0; padding: 0; background: var(--grid); border: 1px solid var(--grid); }
.findings li { background: var(--paper); padding: 14px 18px 16px; }
.findings .what { display: block; font-size: 13px; color: var(--soft); }
.findings .value { display: block; font-size: 27px; line-height: 1.25; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.findings .who { display: block; font-size: 14px; overflow-wrap: anywhere; }
.note { border-left: 3px solid var(--inter); background: var(--card); padding: 10px 16px; margin: 20px 0 0; max-width: none; color: var(--ink); font-size: 15px; }
.note p { margin: 0; } .note p + p { margin-top: 8px; }
figure { margin: 0; min-width: 0; }
.beside { display: grid; grid-template-columns: minmax(0, 640px) minmax(0, 1fr); gap: 12px 36px; align-items: start; margin-top: 18px; }
.beside > figure { position: sticky; top: 20px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 26px 32px; margin-top: 18px; }
dl + .tabular, .tabular + .tabular, .charts + .tabular, .beside + .tabular, .tabular + .beside { margin-top: 26px; }
figcaption { font-size: 14px; color: var(--soft); margin-top: 6px; max-width: 68ch; }
.table { overflow-x: auto; max-width: 100%; }
.table:focus-visible { outline: 2px solid var(--intra); outline-offset: 2px; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; width: 100%; }
.tabular { min-width: 0; } .caption { font-size: 13px; line-height: 1.45; color: var(--soft); margin: 0 0 8px; max-width: 90ch; }
th, td { padding: 5px 0 5px 16px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); font-weight: 400; }
th:first-child, td:first-child { padding-left: 0; }
thead th { color: var(--soft); font-size: 13px; vertical-align: bottom; border-bottom: 1px solid var(--rule); }
tbody th { overflow-wrap: break-word; }
.break > * { border-top: 2px solid var(--rule); }
.beside th, .beside td { padding-left: 12px; } .beside th:first-child { padding-left: 0; } .beside table { font-size: 13px; }
.method { position: relative; display: inline-block; padding-left: 17px; }
.n { text-align: right; white-space: nowrap; } thead .n { white-space: normal; }
.key { position: absolute; left: 0; top: 0.43em; width: 9px; height: 9px; border-radius: 50%; }
.met { color: var(--good); } .missed { color: var(--bad); font-weight: 650; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 28px; margin: 14px 0 0; font-size: 14px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
code { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
footer { margin-top: 56px; border-top: 1px solid var(--rule); padding-top: 14px; font-size: 13px; color: var(--soft); }
.chart { display: block; max-width: 100%; height: auto; overflow: visible; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
.chart.narrow { display: none; }
.chart text { fill: var(--soft); } .chart .label, .chart .name { fill: var(--ink); } .chart .name { font-weight: 600; }
.chart .label { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.grid { stroke: var(--grid); } .rule { stroke: var(--rule); } .reference { stroke: var(--soft); stroke-dasharray: 3 3; }
.front { fill: none; stroke: var(--soft); stroke-width: 1.25; opacity: 0.7; } .sweep { fill: none; stroke: var(--tone); stroke-width: 1.25; opacity: 0.5; }
.point { stroke: var(--tone); stroke-width: 2; } .point.full { fill: var(--tone); } .point.hollow { fill: var(--paper); }
.interval line, .whisker { stroke: var(--tone); stroke-width: 1.5; opacity: 0.45; }
.band { fill: var(--tone); opacity: 0.3; } .mark { fill: none; stroke: var(--tone); stroke-width: 1.5; }
.bar { fill: var(--tone); opacity: 0.62; } .mean { fill: var(--tone); } .error { stroke: var(--ink); stroke-width: 1.5; }
.curve { fill: none; stroke: var(--tone); stroke-width: 2; stroke-linejoin: round; } .faint { opacity: 0.35; stroke-width: 1.25; } .lead { fill: none; }
.chart .lead { stroke: var(--rule); }
${FAMILIES.map((family) => `.${family} { --tone: var(--${family}); } .key.${family} { background: var(--${family}); }`).join('\n')}
${[0, 1, 2, 3].map((stage) => `.stage-${stage} { fill: var(--stage-${stage}); } .key.stage-${stage} { background: var(--stage-${stage}); }`).join('\n')}
@media (max-width: 980px) { .beside, .charts { grid-template-columns: minmax(0, 1fr); } .beside > figure { position: static; } }
@media (max-width: 700px) {
  main { padding: 24px 16px 48px; } section { margin-top: 40px; }
  .chart.wide { display: none; } .chart.narrow { display: block; }
  thead .n { min-width: 4.6em; }
  tbody th, thead th:first-child { position: sticky; left: 0; background: var(--paper); padding-right: 4px; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 10px; }
}
@media print {
  :root { color-scheme: light; ${LIGHT} --paper: #fff; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  .beside { grid-template-columns: minmax(0, 1fr); } .beside > figure { position: static; }
  .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 18px 24px; }
  figure, tr, .findings, dl > * { break-inside: avoid; } thead { display: table-header-group; }
  table, .beside table { font-size: 8pt; } th, td, .beside th, .beside td { padding-left: 9px; } .caption, figcaption, dl { font-size: 9pt; }
  h2, h3, .caption { break-after: avoid; } section { margin-top: 30px; }
  .chart.wide, .charts .chart.narrow { display: block; } .chart.narrow, .charts .chart.wide { display: none; }
  .table { overflow: visible; } thead th, thead .n { font-size: 8pt; min-width: 0; }
}
`
