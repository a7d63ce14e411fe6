import { sha256 } from '../../src/model/sha256.ts'
import { INVARIANTS } from './invariants.ts'
import { type SeedResult, runSeed } from './run.ts'
import { EFFECT_NAMES, FAULT_NAMES, Tally } from './tally.ts'

export interface Report {
  readonly lines: readonly string[]
  readonly violations: number
}

/** Failing seeds that are told in full. */
const TOLD_MAX = 5

/** What many seeds together show. */
export interface Totals {
  readonly seeds: number
  readonly tally: Tally
  readonly failing: readonly SeedResult[]
  /** Of the hashes of all seeds, in their order. */
  readonly hash: string
  /** From the last fault until nothing was open, 99th percentile and longest. */
  readonly settledP99Ms: number
  readonly settledMaxMs: number
}

export function runSeeds(from: number, count: number): Totals {
  const tally = new Tally()
  const failing: SeedResult[] = []
  const settled: number[] = []
  const hashes: string[] = []
  for (let seed = from; seed < from + count; seed++) {
    const result = runSeed(seed)
    tally.addAll(result.tally)
    hashes.push(result.hash)
    settled.push(result.settledMs)
    if (result.violations.length > 0) failing.push(result)
  }
  settled.sort((a, b) => a - b)
  return { seeds: count, tally, failing, hash: sha256(new TextEncoder().encode(hashes.join('\n'))), settledP99Ms: settled[Math.floor(count * 0.99)] ?? 0, settledMaxMs: settled.at(-1) ?? 0 }
}

/** Runs seeds and says what they met: cells of effect x fault, violations with seed and commit, the hash of all events last. */
export function faultReport(from: number, count: number, commit: string): Report {
  const totals = runSeeds(from, count)
  const { tally } = totals
  const lines = [...cellLines(tally), '', otherLine(tally), `settled after the last fault: p99 ${totals.settledP99Ms / 1000} s, max ${totals.settledMaxMs / 1000} s`]
  for (const { seed, violations } of totals.failing.slice(0, TOLD_MAX)) {
    lines.push(...violations.slice(0, 3).map(({ invariant, message }) => `VIOLATION seed ${seed} commit ${commit}: ${invariant}: ${message}`))
    lines.push(...runSeed(seed, { isTraced: true }).trace.slice(-40).map((line) => `  ${line}`), `  all of it: npm run faults -- --seed ${seed} --trace`)
  }
  if (totals.failing.length > TOLD_MAX) lines.push(`further failing seeds: ${totals.failing.slice(TOLD_MAX, TOLD_MAX + 50).map(({ seed }) => seed).join(' ')}`)
  lines.push(`${totals.seeds} seeds, ${INVARIANTS.length} invariants, ${totals.failing.length} violations`, `event hash ${totals.hash}`)
  return { lines, violations: totals.failing.length }
}

/** One seed, told. */
export function seedReport(seed: number, isTraced: boolean, commit: string): Report {
  const { trace, violations, hash } = runSeed(seed, { isTraced: true })
  const told = violations.map(({ invariant, atMs, message }) => `VIOLATION seed ${seed} commit ${commit} at ${(atMs - 1_000_000) / 1000} s: ${invariant}: ${message}`)
  return { lines: [...(isTraced ? trace : []), ...told, `seed ${seed}, ${violations.length} violations`, `event hash ${hash}`], violations: violations.length }
}

function cellLines(tally: Tally): string[] {
  const row = (cells: readonly (string | number)[]): string => cells.map((cell, column) => (column === 0 ? String(cell).padEnd(11) : String(cell).padStart(12))).join('')
  return [row(['effect', ...FAULT_NAMES]), ...EFFECT_NAMES.map((effect) => row([effect, ...FAULT_NAMES.map((fault) => tally.of(`${effect} ${fault}`))]))]
}

const EFFECT_CELL = new RegExp(`^(${EFFECT_NAMES.join('|')}) `)

function otherLine(tally: Tally): string {
  return [...tally.cells].filter(([name]) => !EFFECT_CELL.test(name)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `${name} ${count}`).join(', ')
}
