import type { SoakResult } from './soak.ts'

/** How often each fault ended how: rows by fault, then by what became of the migration. */
export function soakTable({ migrations, faults, kills, rounds, diedWithHost, doubledByCut, violations, seed }: SoakResult): string {
  const rows = new Map<string, number>()
  for (const { round, settled, class: kind, said } of migrations) {
    const key = [faults[round]!, settled ?? 'open', kind ?? '', said].join('\t')
    rows.set(key, (rows.get(key) ?? 0) + 1)
  }
  const cells = [['fault', 'migration', 'class', 'code/domain', 'times'], ...[...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => [...key.split('\t'), String(count)])]
  const widths = cells[0]!.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)))
  const lines = cells.map((row) => row.map((cell, at) => (at === row.length - 1 ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join('  ').trimEnd())
  const done = migrations.filter(({ settled }) => settled === 'done').length
  return `${lines.join('\n')}\n\n${rounds} rounds of seed ${seed}: ${migrations.length} migrations tried, ${done} done; controller killed ${kills} times; ${diedWithHost} VMs died with their host and were started by hand; ${doubledByCut} were doubled by a cut, told so, and ended by hand\n${violations.length === 0 ? 'No VM lost, stopped or doubled by us, every intent settled.\n' : `VIOLATIONS\n${violations.map((line) => `  ${line}\n`).join('')}`}`
}
