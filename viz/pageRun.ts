import type { Run, RunSummary } from '../src/model/run.ts'
import { figureText } from '../src/report/figureText.ts'
import { floatsToBase64, groupMeans } from './columns.ts'
import { heatCells } from './heatCells.ts'
import type { Distribution, PageFigure, PageLines, PageNote, PageRun } from './pageContent.ts'
import { codeText, timelineMarks } from './timelineMarks.ts'

const POINTS_MAX = 700
const NOTES_MAX = 60
const BIN_WIDTH = 0.05
const BINS = 22

/** How much of a page one run may take. */
export interface RunBudget {
  readonly cells: number
  readonly actions: number
}

/** A run as the page shows it: means of groups of rows and hosts, and what was done by reason and time. */
export function pageRun(run: Run, budget: RunBudget): PageRun {
  const { header } = run
  const notes = groupNotes(run)
  return {
    policy: header.policy, seed: header.seed, startUnixMs: header.startUnixMs, durationMs: header.durationMs, warmupMs: header.warmupMs, rowMs: header.rowMs, hostCount: header.hosts.length,
    figures: runFigures(run.summary, header.vmCount), heat: heatCells(run, budget.cells), lines: poolLines(run), timeline: timelineMarks(run, budget.actions),
    distribution: utilizationDistribution(run), notes: notes.slice(0, NOTES_MAX), notesLeftOut: Math.max(0, notes.length - NOTES_MAX),
  }
}

function poolLines({ header, columns }: Run): PageLines {
  const rowsPerPoint = Math.max(1, Math.ceil(header.rowCount / POINTS_MAX))
  const column = (values: Float32Array): string => floatsToBase64(groupMeans(values, rowsPerPoint))
  return {
    points: Math.ceil(header.rowCount / rowsPerPoint), rowsPerPoint, demandMhz: column(columns.demandMhz), deliveredMhz: column(columns.deliveredMhz),
    capacityOnMhz: column(columns.capacityOnMhz), hostsOn: column(columns.hostsOn), powerW: column(columns.powerW),
  }
}

/** From the end of the warm-up on, as all figures. */
function utilizationDistribution({ header, columns }: Run): Distribution {
  const shares = new Array<number>(BINS).fill(0)
  const first = Math.ceil(header.warmupMs / header.rowMs) * header.hosts.length
  let on = 0
  let sum = 0
  for (let cell = first; cell < columns.hostUtilization.length; cell++) {
    const utilization = columns.hostUtilization[cell]!
    if (Number.isNaN(utilization)) continue
    on++
    sum += utilization
    shares[Math.max(0, Math.min(BINS - 1, Math.floor(utilization / BIN_WIDTH + 1e-6)))]!++
  }
  const all = Math.max(1, columns.hostUtilization.length - first)
  return { binWidth: BIN_WIDTH, shares: shares.map((count) => count / Math.max(1, on)), onShare: on / all, mean: on === 0 ? 0 : sum / on }
}

function groupNotes({ events }: Run): readonly PageNote[] {
  const notes = new Map<string, PageNote>()
  for (const event of events) {
    const said = event.kind === 'note' ? [event.reason] : event.kind === 'plan' ? event.unmet : []
    if (event.kind !== 'note' && event.kind !== 'plan') continue
    for (const { code, text } of said) {
      const key = `${event.goal}/${code}`
      const before = notes.get(key)
      notes.set(key, { goal: codeText(event.goal), code: codeText(code), text, count: (before?.count ?? 0) + 1, firstMs: before?.firstMs ?? event.atMs, lastMs: event.atMs })
    }
  }
  return [...notes.values()].sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
}

function runFigures(summary: RunSummary, vmCount: number): readonly PageFigure[] {
  const count = (value: number): string => figureText(value, { unit: 'count', digits: 0 })
  const percent = (value: number, digits: number): string => `${figureText(value, { unit: 'ratio', digits })} %`
  const { sla } = summary
  const figures = [
    { label: 'Energy at the plug', text: `${figureText(summary.energyKwh, { unit: 'kWh', digits: 1 })} kWh` },
    { label: 'Hosts on, mean (least to most)', text: `${summary.hostsOnMean.toFixed(1)} (${summary.hostsOnMin} to ${summary.hostsOnMax})` },
    { label: 'Utilization, mean', text: percent(summary.utilizationMean, 0) },
    { label: 'SLA violation', text: `${percent(sla.violationRatio, 3)} of ${count(sla.vmMinutes)} VM-minutes` },
    { label: 'p99 VM; worst VM', text: `${percent(sla.p99VmRatio, 2)}; ${percent(sla.worstVmRatio, 2)}${sla.worstVm === null ? '' : ` (${sla.worstVm})`}` },
    { label: 'CPU demanded and not delivered', text: percent(summary.undeliveredRatio, 3) },
    { label: 'Migrations (failed)', text: `${count(summary.migrations)} (${count(summary.migrationsFailed)})` },
    { label: 'Migration, mean; all memory sent', text: `${summary.migrationMeanS.toFixed(0)} s; ${count(summary.migratedMib / 1024)} GiB` },
    { label: 'Powered on, off; wakes failed', text: `${count(summary.powerOns)}, ${count(summary.powerOffs)}; ${count(summary.wakeFailures)}` },
    { label: 'VMs; not placed at the end', text: `${count(vmCount)}; ${count(summary.unplacedAtEnd)}` },
  ]
  const classes = Object.entries(summary.slaByClass)
  if (classes.length > 1) figures.push(...classes.map(([name, figuresOf]) => ({ label: `SLA attained, class ${name}`, text: `${percent(1 - figuresOf.violationRatio, 3)} (${count(figuresOf.vmCount)} VMs; worst ${percent(1 - figuresOf.worstVmRatio, 2)})` })))
  return figures
}
