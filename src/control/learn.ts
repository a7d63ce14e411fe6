import { OPERATOR, type MigrateStep, type PowerStep, type Step, type StepOutcome } from '../model/plan.ts'
import { type PoolIndex, findHost, findVm } from '../model/poolIndex.ts'
import { NOWHERE, type Pool } from '../model/pool.ts'
import { afterPowerStep, afterWake } from '../policy/goals/powerSave/memory.ts'
import type { ControllerState } from './state.ts'

/** Cooldowns, back-offs, displaced VMs and power records after a step. */
export function learn(state: ControllerState, pool: Pool, index: PoolIndex, step: Step, outcome: StepOutcome, atMs: number): ControllerState {
  const ok = outcome === 'done'
  switch (step.kind) {
    case 'migrate':
      return ok ? moved(state, pool, index, step, atMs) : backOff(state, pool, findVm(index, step.vm), atMs)
    case 'shutdownVm':
    case 'suspendVm':
      return ok ? displaced(state, pool, findVm(index, step.vm), findHost(index, step.source), step.kind === 'shutdownVm' ? 'shutdown' : 'suspended') : state
    case 'startVm':
    case 'resumeVm':
      return state
    case 'powerOn':
    case 'powerOff':
      return learnPower(state, index, step, ok, atMs)
  }
}

function moved(state: ControllerState, pool: Pool, index: PoolIndex, step: MigrateStep, atMs: number): ControllerState {
  const vm = findVm(index, step.vm)
  if (vm === NOWHERE) return state
  const movedAtMs = widened(state.movedAtMs, pool.vms.length)
  movedAtMs[vm] = atMs
  const failures = new Map(state.failures)
  failures.delete(vm)
  const next = { ...state, movedAtMs, failures }
  return step.reason.code === 'evacuate' ? displaced(next, pool, vm, findHost(index, step.source), 'migrated') : next
}

/** A copy of a column that has a place for every VM. */
function widened(column: Float64Array, size: number): Float64Array {
  if (column.length >= size) return column.slice()
  const wide = new Float64Array(size).fill(NaN)
  wide.set(column)
  return wide
}

/** Remembers where a VM was before maintenance took it away; the first home counts while it is still displaced. */
function displaced(state: ControllerState, pool: Pool, vm: number, home: number, how: 'migrated' | 'shutdown' | 'suspended'): ControllerState {
  if (vm === NOWHERE) return state
  const known = state.maintenance.displaced.some((entry) => entry.vm === vm && entry.vmSinceMs === pool.vmSinceMs[vm])
  if (known) return state
  return { ...state, maintenance: { ...state.maintenance, displaced: [...state.maintenance.displaced, { vm, vmSinceMs: pool.vmSinceMs[vm]!, home, how }] } }
}

function backOff(state: ControllerState, pool: Pool, vm: number, atMs: number): ControllerState {
  if (vm === NOWHERE) return state
  const { retryMs, retryMaxMs } = state.policy.budgets
  const before = state.failures.get(vm)
  const count = (before && before.vmSinceMs === pool.vmSinceMs[vm] ? before.count : 0) + 1
  return { ...state, failures: new Map(state.failures).set(vm, { count, untilMs: atMs + Math.min(retryMaxMs, retryMs * 2 ** (count - 1)), vmSinceMs: pool.vmSinceMs[vm]! }) }
}

function learnPower(state: ControllerState, index: PoolIndex, step: PowerStep, ok: boolean, atMs: number): ControllerState {
  const host = findHost(index, step.host)
  if (host === NOWHERE) return state
  const power = step.kind === 'powerOn' ? afterWake(state.power, host, ok, atMs) : state.power
  return { ...state, power: step.reason.code === OPERATOR ? power : afterPowerStep(power, state.policy.powerSave, host, step, ok, atMs) }
}
