import type { Run } from '../src/model/run.ts'
import type { Comparison } from '../src/report/comparison.ts'
import { escapeHtml } from '../src/report/escapeHtml.ts'
import { headline } from '../src/report/headline.ts'
import { differenceTable, figureTable } from './comparisonHtml.ts'
import type { PageContent } from './pageContent.ts'
import { pageRun } from './pageRun.ts'
import type { RunBudget } from './pageRun.ts'
import { pageStyle } from './pageStyle.ts'
import { jsonForScript, scriptForPage } from './scriptText.ts'

export interface ReportInput {
  readonly comparison: Comparison
  /** Shown one at a time; the first is opened. */
  readonly runs: readonly Run[]
  /** The text of dist/viz/report.js. */
  readonly script: string
}

/** Cells and written-out actions of all runs together: with them a page stays below about 15 MB. */
const CELLS_MAX = 1_200_000
const ACTIONS_MAX = 20_000
const RUNS_MAX = 80
const CELLS_PER_RUN_MAX = 130_000
const ACTIONS_PER_RUN_MAX = 4000

/**
 * One HTML page that holds everything it shows: no file or address beside it is needed or allowed (its content security
 * policy refuses all). The table stands in the page itself and can be read without the script, which draws the rest.
 */
export function renderReport({ comparison, runs, script }: ReportInput): string {
  const drawn = runsToDraw(runs)
  const budget: RunBudget = {
    cells: Math.min(CELLS_PER_RUN_MAX, Math.floor(CELLS_MAX / Math.max(1, drawn.length))),
    actions: Math.min(ACTIONS_PER_RUN_MAX, Math.floor(ACTIONS_MAX / Math.max(1, drawn.length))),
  }
  const content: PageContent = { comparison, runs: drawn.map((run) => pageRun(run, budget)) }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(comparison.scenario)}: policies compared</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
${pageBody(comparison, { drawn: drawn.length, all: runs.length })}
<script type="application/json" id="content">${jsonForScript(content)}</script>
<script>${scriptForPage(script)}</script>
</body>
</html>
`
}

/** Seed by seed, so that each policy keeps some when they are too many. */
function runsToDraw(runs: readonly Run[]): readonly Run[] {
  if (runs.length <= RUNS_MAX) return runs
  return runs.toSorted((a, b) => a.header.seed - b.header.seed).slice(0, RUNS_MAX)
}

function pageBody(comparison: Comparison, count: { readonly drawn: number; readonly all: number }): string {
  const [answer = '', ...costs] = headline(comparison)
  const isCompared = comparison.policies.length > 1
  return `<header class="top">
<p class="product">Plimsoll report</p>
<h1>${escapeHtml(comparison.scenario)}</h1>
<p class="answer"><strong>${escapeHtml(answer)}</strong> ${escapeHtml(costs.join(' '))}</p>
<button type="button" id="theme" hidden>Dark</button>
</header>
<main>
<section aria-labelledby="side-by-side">
<h2 id="side-by-side">${isCompared ? 'Policies side by side' : 'Figures'}</h2>
<div id="bars" class="bars"></div>
<p class="caption" id="bars-caption"></p>
<p class="measured">${escapeHtml(comparison.notes[0] ?? '')}</p>
${isCompared ? `<h3>Differences from ${escapeHtml(comparison.base)}</h3>\n${differenceTable(comparison)}` : ''}
<details><summary>All figures</summary>${figureTable(comparison)}</details>
${comparison.notes.slice(1).map((note) => `<p class="note">${escapeHtml(note)}</p>`).join('\n')}
</section>
<section aria-labelledby="run-heading" id="run-section">
<h2 id="run-heading">One run in time</h2>
${count.drawn < count.all ? `<p class="note">Of ${count.all} runs ${count.drawn} are drawn, those with the lowest seeds; the figures above are of all.</p>` : ''}
<div id="run"><noscript><p>The charts need JavaScript; the tables above do not.</p></noscript></div>
</section>
</main>
<div id="tooltip" class="tooltip" hidden></div>
<div id="spoken" class="spoken" role="status" aria-live="polite"></div>`
}
