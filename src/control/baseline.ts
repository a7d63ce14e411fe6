import { stepId } from '../model/ids.ts'
import type { Step } from '../model/plan.ts'
import type { Pool } from '../model/pool.ts'
import { reason } from '../model/result.ts'
import type { Baseline } from '../policy/baseline/baseline.ts'
import type { Output } from './messages.ts'
import type { ControllerState } from './state.ts'

const WHY = reason('baseline', 'the study policy names this migration')

/** A baseline's migrations start at once, as its study defines: no arbitration, ordering or benefit filter. */
export function decideBaseline(baseline: Baseline, state: ControllerState, pool: Pool, atMs: number): { state: ControllerState; outputs: readonly Output[] } {
  const moves = baseline.decide(pool, state.history, atMs)
  if (moves.length === 0) return { state, outputs: [] }
  const steps = moves.map(({ vm, target }, position): Step => ({
    id: stepId(`p${state.planCount}.${position}`), after: [], estimateMs: 0, reason: WHY, kind: 'migrate', vm: pool.vms[vm]!.id, source: pool.hosts[pool.vmHost[vm]!]!.id, target: pool.hosts[target]!.id,
  }))
  const running = [...state.progress.running, ...steps.map((step) => ({ step, sinceMs: atMs }))]
  return { state: { ...state, planCount: state.planCount + 1, progress: { ...state.progress, running } }, outputs: steps.map((step) => ({ kind: 'start', step })) }
}
