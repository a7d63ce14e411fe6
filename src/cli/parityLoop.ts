import { type LoopOutcome, closedLoop } from '../../sim/closedLoop.ts'
import { calibrate } from '../plan/calibrate.ts'
import type { RecordedMigration } from '../model/migrations.ts'
import { DEFAULT_FAULTS, DEFAULT_PHYSICS } from '../config/scenarioDefaults.ts'
import type { Input } from '../control/messages.ts'
import type { PolicySettings } from '../model/policy.ts'

/** A recorded loop beside simulated ones that got the same pool, load and requests. */
export interface LoopComparison {
  readonly repeats: number
  /** Rate that the recorded migrations showed, MiB/s; null where too few were recorded to know it. */
  readonly linkMibPerS: number | null
  readonly live: LoopOutcome
  readonly simulated: readonly LoopOutcome[]
}

/** Simulates the recorded pool with seeds 1 to `repeats`. Links and failures are those of the recorded migrations. */
export function compareLoops({ pool, policy, startUnixMs }: { readonly pool: string; readonly policy: PolicySettings; readonly startUnixMs: number }, inputs: readonly Input[], migrations: readonly RecordedMigration[], repeats: number): LoopComparison {
  const linkMibPerS = calibrate(migrations)?.linkMibPerS ?? null
  const migrationFailureRatio = migrations.length === 0 ? 0 : migrations.filter(({ converged }) => !converged).length / migrations.length
  const record = { name: pool, startUnixMs, policy, inputs, physics: DEFAULT_PHYSICS, faults: { ...DEFAULT_FAULTS, migrationFailureRatio }, linkMibPerS }
  return { repeats, linkMibPerS, ...closedLoop(record, Array.from({ length: repeats }, (_, at) => at + 1)) }
}

const FIGURES: readonly (readonly [string, keyof LoopOutcome, number])[] = [
  ['moves', 'moves', 1], ['hosts switched off', 'powerOffs', 1], ['hosts switched on', 'powerOns', 1], ['hosts on at the end', 'hostsOnAtEnd', 1], ['first move after s', 'firstMoveMs', 1000], ['last move after s', 'lastMoveMs', 1000],
]

export function loopText({ repeats, live, simulated }: LoopComparison): string {
  const shown = (value: number | null, unit: number): string => (value === null ? '-' : String(Math.round(value / unit)))
  const rows = FIGURES.map(([name, key, unit]) => {
    const values = simulated.map((outcome) => outcome[key]).filter((value) => value !== null).sort((a, b) => a - b)
    const [low, middle, high] = [values[0], values[values.length >> 1], values.at(-1)].map((value) => shown(value ?? null, unit))
    return `  ${name.padEnd(22)}${shown(live[key], unit).padStart(8)}${`${middle!} (${low!} to ${high!})`.padStart(22)}`
  })
  return `Closed loop, ${repeats} repeats: ${' '.repeat(4)}live, simulated in the median (least to most)\n${rows.join('\n')}\n`
}
