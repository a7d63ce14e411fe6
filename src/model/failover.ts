import type { VmId } from './ids.ts'
import { MODE, NOWHERE, POWER, VM, memoryForVmsMib, type Pool, type Vm } from './pool.ts'

/** Combinations of failed hosts that are looked at one by one; beyond, only the fullest hosts fail. */
const COMBINATIONS_MAX = 300

/**
 * Sentences on the failures after which some VM finds no memory, by best fit of the largest first (so a sentence may be too
 * careful). Rules are not looked at, nor all failures of several hosts where these are many: policy/rules/failover.ts does. One
 * sentence is enough to know.
 */
export function homelessAfterFailures(pool: Pool, failures: number, without: number = NOWHERE): string[] {
  const serving = pool.hosts.flatMap((_, host) => (host !== without && pool.hostPower[host] === POWER.on && pool.hostMode[host] === MODE.available && pool.hostReachable[host] === 1 ? [host] : []))
  const byUse = [...serving].sort((a, b) => pool.hostMemoryMib[b]! - pool.hostMemoryMib[a]! || a - b)
  const vmsOn = vmsByHost(pool)
  for (const failed of combinations(byUse, Math.min(failures, serving.length))) {
    const homeless = homelessWithout(pool, serving, vmsOn, new Set(failed))
    if (homeless !== null) return [`${homeless} would find no memory if ${failed.map((host) => pool.hosts[host]!.id).join(' and ')} failed`]
  }
  return []
}

function* combinations(items: readonly number[], size: number): Generator<readonly number[]> {
  const chosen = Array.from({ length: size }, (_, position) => position)
  for (let count = 0; count < Math.max(COMBINATIONS_MAX, items.length) && size > 0; count++) {
    yield chosen.map((position) => items[position]!)
    let last = size - 1
    while (last >= 0 && chosen[last] === items.length - size + last) last--
    if (last < 0) return
    chosen[last]!++
    for (let next = last + 1; next < size; next++) chosen[next] = chosen[next - 1]! + 1
  }
}

function vmsByHost(pool: Pool): Vm[][] {
  const vmsOn: Vm[][] = pool.hosts.map(() => [])
  for (let vm = 0; vm < pool.vms.length; vm++) if (pool.vmState[vm] !== VM.gone) vmsOn[pool.vmHost[vm]!]?.push(pool.vms[vm]!)
  return vmsOn
}

function homelessWithout(pool: Pool, serving: readonly number[], vmsOn: readonly (readonly Vm[])[], failed: ReadonlySet<number>): VmId | null {
  const freeMib = serving.filter((host) => !failed.has(host)).map((host) => memoryForVmsMib(pool.hosts[host]!) - pool.hostMemoryMib[host]!)
  const lost = [...failed].flatMap((host) => vmsOn[host]!)
  lost.sort((a, b) => b.memoryMib - a.memoryMib || (a.id < b.id ? -1 : 1))
  for (const { id, memoryMib } of lost) {
    let best = -1
    freeMib.forEach((free, at) => {
      if (free >= memoryMib && (best < 0 || free < freeMib[best]!)) best = at
    })
    if (best < 0) return id
    freeMib[best]! -= memoryMib
  }
  return null
}
