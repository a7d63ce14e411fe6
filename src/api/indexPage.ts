import { escapeHtml } from '../report/escapeHtml.ts'
import { durationText, figureText } from '../report/figureText.ts'
import type { RunEntry } from './runSource.ts'

type ReadableEntry = Extract<RunEntry, { header: unknown }>

const style = `:root{color-scheme:light dark;--page:light-dark(#fbfaf8,#14171a);--ink:light-dark(#1d2329,#e6e4df);--quiet:light-dark(#59636e,#a2abb4);--line:light-dark(#dcdad5,#343a41);--accent:light-dark(#17618f,#6fb4e0);--bad:light-dark(#9a3412,#f2a67d)}
body{margin:0 auto;max-width:1120px;padding:24px 28px 48px;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:28px 0 4px}p{margin:4px 0;color:var(--quiet)}a{color:var(--accent)}a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}th,td{text-align:right;padding:6px 0 6px 14px;border-bottom:1px solid var(--line);white-space:nowrap}th{color:var(--quiet);font-weight:600}th:first-child,td:first-child{text-align:left;padding-left:0}td.json a{margin-left:8px}.problem{color:var(--bad)}
@media (max-width:560px){body{padding:16px 14px}}`

/** The list of runs as a page, by scenario; works without a script. */
export function indexPage(runsFolder: string, entries: readonly RunEntry[]): string {
  const readable = entries.filter((entry) => 'header' in entry)
  const broken = entries.filter((entry) => 'problem' in entry)
  const scenarios = [...new Set(readable.map(({ header }) => header.scenario))].sort()
  const sections = scenarios.map((scenario) => scenarioSection(scenario, readable.filter(({ header }) => header.scenario === scenario)))
  const empty = entries.length === 0 ? '<p>There are no runs here yet: <code>plimsoll simulate</code> and <code>plimsoll compare</code> write them.</p>' : ''
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Plimsoll: runs</title><link rel="icon" href="data:,"><style>${style}</style></head>
<body><h1>Runs</h1><p>${escapeHtml(runsFolder)}, also as <a href="/api/runs">JSON</a></p>${empty}
${sections.join('\n')}
${broken.length > 0 ? `<h2>Not readable</h2><ul>${broken.map(({ id, problem }) => `<li>${escapeHtml(id)}: <span class="problem">${escapeHtml(problem)}</span></li>`).join('')}</ul>` : ''}
</body></html>
`
}

function scenarioSection(scenario: string, runs: readonly ReadableEntry[]): string {
  const first = runs[0]!.header
  const together = runs.length > 1 && runs.length <= 80 ? ` · <a href="/report?${runs.map(({ id }) => `run=${encodeURIComponent(id)}`).join('&amp;')}">compare all ${runs.length}</a>` : ''
  const head = ['Policy', 'Seed', 'Energy, kWh', 'SLA violation, %', 'Migrations', 'Hosts on', 'As JSON'].map((text) => `<th scope="col">${text}</th>`).join('')
  return `<section><h2>${escapeHtml(scenario)}</h2><p>${first.hosts.length} hosts, ${first.vmCount} VMs, ${durationText(first.durationMs)}${together}</p>
<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${runs.map(runRow).join('\n')}</tbody></table></div></section>`
}

function runRow({ id, header, summary }: ReadableEntry): string {
  const address = encodeURIComponent(id)
  const count = (value: number, digits = 0): string => figureText(value, { unit: 'count', digits })
  const figures = [String(header.seed), count(summary.energyKwh, 1), figureText(summary.sla.violationRatio, { unit: 'ratio', digits: 3 }), count(summary.migrations), count(summary.hostsOnMean, 1)]
  const json = ['header', 'summary', 'events'].map((part) => `<a href="/api/runs/${address}/${part}">${part}</a>`).join('')
  return `<tr><td><a href="/runs/${address}/report">${escapeHtml(header.policy)}</a></td>${figures.map((text) => `<td>${text}</td>`).join('')}<td class="json">${json}</td></tr>`
}
