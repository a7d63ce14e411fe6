import type { Plan } from '../../src/model/plan.ts'
import type { Task } from './instance.ts'

/** An instant at which amounts on a host change. */
interface Change {
  readonly atMs: number
  /** What ends at an instant is gone before anything begins at it. */
  readonly isEnd: boolean
  readonly host: number
  readonly mem: number
  readonly cpu: number
}

export interface Replayed {
  /** Limits exceeded on the way. */
  readonly faults: readonly string[]
  /** Wishes that the end does not meet. */
  readonly missed: readonly string[]
  readonly instants: number
  /** Allocations that grow where the VM is, and those that grow with its move. */
  readonly grownInPlace: number
  readonly grownMoving: number
}

/**
 * Carries a plan out by its own times on bare numbers from the file, with allocations growing as BtrPlace has it: in place,
 * as soon as all that leaves the host has left; with the move for a VM that moves, which holds its old allocation where it
 * leaves and the new one where it goes. Memory and CPU of every host are compared with its limits at every instant.
 */
export function replay({ instance, hostOf, pool, cpuBefore, cpuWanted, mustStart, switchOff, wake }: Task, { steps, estimate }: Plan): Replayed {
  const slotOf = new Map(pool.vms.map(({ id }, slot) => [id as string, slot]))
  const numberOf = new Map(pool.hosts.map(({ id }, host) => [id as string, host]))
  const changes: Change[] = []
  const leftAtMs = new Float64Array(pool.hosts.length)
  const place = Int32Array.from(instance.vms, ({ host, state }) => (state === 'running' && host !== null ? hostOf.get(host)! : -1))
  const moved = new Set<number>()
  const add = (atMs: number, isEnd: boolean, host: number, mem: number, cpu: number): void => void changes.push({ atMs, isEnd, host, mem, cpu })
  steps.forEach((step, position) => {
    if (!('vm' in step) || !('target' in step)) return
    const slot = slotOf.get(step.vm)!
    const { mem } = instance.vms[slot]!
    add(estimate.beginMs[position]!, false, numberOf.get(step.target)!, mem, cpuWanted[slot]!)
    if (step.kind === 'migrate') {
      add(estimate.endMs[position]!, true, numberOf.get(step.source)!, -mem, moved.has(slot) ? -cpuWanted[slot]! : -cpuBefore[slot]!)
      leftAtMs[numberOf.get(step.source)!] = Math.max(leftAtMs[numberOf.get(step.source)!]!, estimate.endMs[position]!)
    }
    moved.add(slot)
    place[slot] = numberOf.get(step.target)!
  })
  let [grownInPlace, grownMoving] = [0, 0]
  for (let slot = 0; slot < place.length; slot++) {
    const grows = cpuWanted[slot]! > cpuBefore[slot]! && place[slot] !== -1
    if (grows && moved.has(slot)) grownMoving++
    if (!grows || moved.has(slot)) continue
    grownInPlace++
    add(leftAtMs[place[slot]!]!, false, place[slot]!, 0, cpuWanted[slot]! - cpuBefore[slot]!)
  }
  const isAsleep = steps.filter(({ kind }) => kind === 'powerOn').length < wake.length
  return { faults: faultsOf(instance, hostOf, changes), missed: missedIn(instance, place, mustStart, switchOff, isAsleep), instants: changes.length, grownInPlace, grownMoving }
}

function faultsOf({ nodes, vms }: Instance, hostOf: ReadonlyMap<number, number>, changes: Change[]): string[] {
  const [mem, cpu] = [new Float64Array(nodes.length), new Float64Array(nodes.length)]
  for (const vm of vms) {
    if (vm.state !== 'running' || vm.host === null) continue
    mem[hostOf.get(vm.host)!]! += vm.mem
    cpu[hostOf.get(vm.host)!]! += vm.cpu
  }
  const faults: string[] = []
  for (const change of changes.sort((a, b) => a.atMs - b.atMs || Number(b.isEnd) - Number(a.isEnd))) {
    const { host, atMs } = change
    mem[host]! += change.mem
    cpu[host]! += change.cpu
    if (change.isEnd) continue
    if (mem[host]! > nodes[host]!.mem || cpu[host]! > nodes[host]!.cpu) faults.push(`at ${atMs} ms node ${nodes[host]!.id} holds ${mem[host]!} of ${nodes[host]!.mem} mem and ${cpu[host]!} of ${nodes[host]!.cpu} cpu`)
  }
  return faults
}

type Instance = Task['instance']

function missedIn({ vms }: Instance, place: Int32Array, mustStart: Uint8Array, off: readonly number[], asleep: boolean): string[] {
  const emptied = new Set(off)
  return [
    ...vms.flatMap(({ id, state }, slot) => ((state === 'running' || mustStart[slot] === 1) && place[slot] === -1 ? [`VM ${id} does not run`] : [])),
    ...vms.flatMap(({ id }, slot) => (emptied.has(place[slot]!) ? [`VM ${id} is on a node that is to be off`] : [])), ...(asleep ? ['a node that is to be on is not woken'] : []),
  ]
}
