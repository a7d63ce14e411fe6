import type { VmId } from '../model/ids.ts'
import type { Step } from '../model/plan.ts'
import { findHost, findVm, type PoolIndex } from '../model/poolIndex.ts'
import { NOWHERE, type Pool } from '../model/pool.ts'
import { type Reason, type Refusal, reason } from '../model/result.ts'
import type { TransitionLimits } from '../model/transition.ts'
import type { HardRow } from './rows.ts'
import { parkSome } from './park.ts'
import { type Sequence, type Wanted, append, sequenceOf } from './sequence.ts'

export type { Wanted } from './sequence.ts'

export interface Ordered {
  readonly steps: readonly Step[]
  readonly unmet: readonly Reason[]
}

/** Steps that wait, by what they wait for. Numbers are positions among the wanted steps. */
interface Waiting {
  readonly onHost: Map<number, number[]>
  /** For a rule that may speak of other hosts than the target. */
  onRule: number[]
  onPower: number[]
  readonly refusals: Map<number, Refusal>
  /** A VM on a third host goes on from there. */
  readonly left: (Wanted | null)[]
}

/**
 * Puts wanted steps into an order in which each may start once those before it have ended, every intermediate state
 * keeping memory (counted on both ends), the hard rows and rules. `after` holds only what a step really needs: its VM's
 * last step, power, and those whose room it takes. `rows`: further amounts that hosts must not exceed, beside what the
 * pool itself limits (see hardRows). A step that must wait is looked at again when something leaves its
 * target; a cycle is broken by parking its smallest VM on a third host. What finds no order is unmet, with the refusal
 * that stood last. Near-linear in the number of steps.
 */
export function orderSteps(pool: Pool, index: PoolIndex, wanted: readonly Wanted[], limits: TransitionLimits, prefix: string, rows: readonly HardRow[] = []): Ordered {
  const sequence = sequenceOf(pool, index, limits, prefix, rows)
  if (sequence.rules && sequence.rules.firstOf.size > 0) for (const next of wanted) if ('vm' in next) countOpen(sequence, next.vm, 1)
  const waiting: Waiting = { onHost: new Map(), onRule: [], onPower: [], refusals: new Map(), left: wanted.slice() }
  const parked = new Set<number>()
  let round = wanted.map((_, position) => position)
  while (round.length > 0) {
    round = appendAll(sequence, waiting, round)
    if (round.length === 0) round = breakCycles(sequence, waiting, parked)
  }
  const unmet = waiting.left.flatMap((next, position) => (next === null ? [] : [unmetReason(sequence, next, waiting.refusals.get(position)!)]))
  return { steps: withoutIdleParking(sequence, waiting, parked), unmet }
}

/** Sends VMs of cycles to third hosts; what that frees is looked at again, and so are they. */
function breakCycles(sequence: Sequence, waiting: Waiting, parked: Set<number>): number[] {
  // One that is to go where it is has nothing to wait for.
  const stuck = waiting.left.flatMap((move, position) => (move?.kind === 'migrate' && (move.source !== move.target || parked.has(position)) ? [{ position, move, isParked: parked.has(position) }] : []))
  if (stuck.length === 0) return []
  const freed = parkSome(sequence, stuck)
  // Nothing has changed: whoever waits for a rule would be refused again, and for ever.
  if (freed.length === 0) return []
  for (const { position, third } of freed) {
    parked.add(position)
    waiting.left[position] = { ...waiting.left[position]!, source: third } as Wanted
  }
  return [...new Set([...woken(waiting, freed.map(({ source }) => source), true, false), ...freed.map(({ position }) => position)])].sort((a, b) => a - b)
}

/** Leaves out steps that parked a VM which then found no way on, where nothing came of the room it left. */
function withoutIdleParking({ steps, index, lastOfVm }: Sequence, { left }: Waiting, parked: ReadonlySet<number>): Step[] {
  const stranded = [...parked].filter((position) => left[position] !== null).map((position) => steps[lastOfVm.get(findVm(index, (left[position] as Extract<Wanted, { kind: 'migrate' }>).vm))!]!)
  const idle = new Set<Step>()
  for (let before = -1; before < idle.size; ) {
    before = idle.size
    const needed = new Set(steps.flatMap((step) => (idle.has(step) ? [] : step.after)))
    for (const step of stranded) if (!needed.has(step.id)) idle.add(step)
  }
  return idle.size === 0 ? steps : steps.filter((step) => !idle.has(step))
}

/** Tries each once, in order, and returns those that something gave a new chance. */
function appendAll(sequence: Sequence, waiting: Waiting, round: readonly number[]): number[] {
  const hosts: number[] = []
  let power = false
  let ruled = false
  for (const position of round) {
    const next = waiting.left[position]
    if (!next) continue
    const refusal = append(sequence, next)
    if (refusal) {
      wait(sequence, waiting, position, next, refusal)
      continue
    }
    waiting.left[position] = null
    if ('source' in next) hosts.push(findHost(sequence.index, next.source))
    if (next.kind === 'powerOn') {
      power = true
      hosts.push(findHost(sequence.index, next.host))
    }
    if (!('vm' in next) || sequence.rules === null) continue
    if (sequence.open.size > 0) countOpen(sequence, next.vm, -1)
    if (sequence.rules.bindsAll || sequence.rules.rulesOf.has(findVm(sequence.index, next.vm))) ruled = true
  }
  return woken(waiting, hosts, ruled, power)
}

function countOpen({ open, index }: Sequence, id: VmId, change: number): void {
  const vm = findVm(index, id)
  open.set(vm, (open.get(vm) ?? 0) + change)
}

function wait({ index }: Sequence, waiting: Waiting, position: number, next: Wanted, refusal: Refusal): void {
  waiting.refusals.set(position, refusal)
  const host = findHost(index, 'host' in next ? next.host : 'target' in next ? next.target : next.source)
  const list = waiting.onHost.get(host)
  if (list) list.push(position)
  else waiting.onHost.set(host, [position])
  if (refusal.code === 'rule') waiting.onRule.push(position)
  if (refusal.code === 'hostsOnMin') waiting.onPower.push(position)
}

function woken(waiting: Waiting, hosts: readonly number[], ruled: boolean, power: boolean): number[] {
  const positions: number[] = []
  for (const host of hosts) {
    positions.push(...(waiting.onHost.get(host) ?? []))
    waiting.onHost.delete(host)
  }
  if (ruled) positions.push(...waiting.onRule.splice(0))
  if (power) positions.push(...waiting.onPower.splice(0))
  return [...new Set(positions)].filter((position) => waiting.left[position] !== null).sort((a, b) => a - b)
}

function unmetReason({ draft, index }: Sequence, next: Wanted, refusal: Refusal): Reason {
  const vm = 'vm' in next ? findVm(index, next.vm) : NOWHERE
  return reason(refusal.code, `${'vm' in next ? next.vm : next.host}: ${refusal.message}`, vm === NOWHERE ? {} : { memoryMib: draft.vms[vm]!.memoryMib })
}
