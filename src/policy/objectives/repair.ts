import { NOWHERE, VM, cpuForVmsMhz, holdsMemory, memoryForVmsMib, type Pool } from '../../model/pool.ts'
import { type Reason, reason } from '../../model/result.ts'
import { brokenRules } from '../../model/brokenRules.ts'
import { isServing } from '../../model/transition.ts'
import { type GroupRule, type Problem, UNASSIGNED, problemOf } from '../../optimize/problem.ts'
import { ruleRows } from '../ruleFilter.ts'

const MEMORY = 0
const RESERVED = 1
const DIMENSIONS = 2

/** A pool's hard limits as a problem, with memory moved as its cost. Bins are the pool's hosts, by index. */
export interface RepairProblem {
  readonly problem: Problem
  readonly itemVm: Int32Array
}

/** What the pool breaks now: rules, and hosts that hold more memory than they have. */
export function violationsOf(pool: Pool): Reason[] {
  const overfull = pool.hosts.flatMap((host, index) => {
    const [heldMib, roomMib] = [pool.hostMemoryMib[index]!, memoryForVmsMib(host)]
    return heldMib <= roomMib ? [] : [reason('hostOverfull', `${host.id} holds ${heldMib} MiB of VMs, it has ${roomMib} MiB for them`, { heldMib, roomMib })]
  })
  return [...overfull, ...brokenRules(pool).map((text) => reason('ruleBroken', text))]
}

/** Every VM that has a place, in the least memory moved that keeps all hard limits: what `repair` mends. VMs that wait are not looked at. */
export function repairProblem(pool: Pool): RepairProblem {
  const itemVm = Int32Array.from(pool.vms.keys()).filter((vm) => holdsMemory(pool.vmState[vm]!) && pool.vmHost[vm] !== NOWHERE)
  const demand = new Float64Array(itemVm.length * DIMENSIONS)
  itemVm.forEach((vm, item) => demand.set([pool.vms[vm]!.memoryMib, pool.vms[vm]!.cpuReservationMhz], item * DIMENSIONS))
  const capacity = new Float64Array(pool.hosts.length * DIMENSIONS)
  pool.hosts.forEach((host, index) => {
    capacity[index * DIMENSIONS + MEMORY] = memoryForVmsMib(host)
    capacity[index * DIMENSIONS + RESERVED] = cpuForVmsMhz(host)
  })
  const { stays, ...rows } = ruleRows(pool, itemVm)
  const initial = Int32Array.from(itemVm, (vm) => (pool.vmTarget[vm] === NOWHERE ? pool.vmHost[vm]! : pool.vmTarget[vm]!))
  const problem = problemOf({
    itemCount: itemVm.length, binCount: pool.hosts.length, dimensions: DIMENSIONS, demand, capacity, ...rows, rules: [...rows.rules, ...misplaced(rows, initial)], initial,
    movable: Uint8Array.from(itemVm, (vm, item) => (pool.vmState[vm] === VM.running && pool.vms[vm]!.movable && stays[item] === 0 && pool.hostReachable[pool.vmHost[vm]!] === 1 ? 1 : 0)),
    receives: Uint8Array.from(pool.hosts, (_, host) => (isServing(pool, host) ? 1 : 0)), moveCost: Float64Array.from(itemVm, (vm) => pool.vms[vm]!.memoryMib),
  })
  return { problem, itemVm }
}

/** An item may stay where it began whatever its row of hosts says: where it may not be there, a rule asks it to leave. */
function misplaced({ allowed, allowedRow }: Pick<Problem, 'allowed' | 'allowedRow'>, initial: Int32Array): GroupRule[] {
  return Array.from(initial).flatMap((bin, item): GroupRule[] => {
    const row = allowed[allowedRow[item]!]
    if (row === undefined || row[bin] === 1) return []
    return [{ kind: 'perZoneMax', name: 'misplaced', members: Int32Array.of(item), zoneOf: Int32Array.from(row, (may) => (may === 1 ? UNASSIGNED : 0)), zoneCount: 1, max: Float64Array.of(0), amount: null, weight: null }]
  })
}
