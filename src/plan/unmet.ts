import { POWER, type Pool } from '../model/pool.ts'
import { type Reason, reason } from '../model/result.ts'
import type { Cause, Packed } from '../optimize/packing.ts'

/** What the solver could not do, as reasons that name hosts and VMs. */
export function unmetOf(pool: Pool, packed: Packed, itemVm: Int32Array): Reason[] {
  return packed.unmet.map(({ cause, item, bin, outOfMoves, keepsRoom }) => {
    const vm = item < 0 ? '' : pool.vms[itemVm[item]!]!.id
    const host = bin < 0 ? '' : pool.hosts[bin]!.id
    if (outOfMoves) return reason('budgetSpent', `${outOfMovesText(cause, vm, host)}: as many optional migrations as budgets.migrationsPerHourMax allows began within the last hour or are planned now`)
    if (keepsRoom) return reason('failover', `${vm} (${pool.vms[itemVm[item]!]!.memoryMib} MiB) would take the room that rule ${failoverRuleOf(pool)} keeps for VMs of failed hosts: add hosts or memory, stop VMs, or change the rule`)
    switch (cause) {
      case 'place': {
        const on = pool.hostPower.subarray(0, pool.hosts.length).filter((state) => state === POWER.on).length
        return reason('noHostFits', `${vm} (${pool.vms[itemVm[item]!]!.memoryMib} MiB) fits no host: ${on} are on; free memory, wake a host or leave maintenance`)
      }
      case 'drain':
        return reason('cannotLeave', `${vm} finds no other host and stays on ${host}`)
      case 'relieve':
        return item < 0
          ? reason('cannotRelieve', `${host} stays loaded: no VM on it may move now, or would fit below the low-water mark even on an empty host`)
          : reason('noRoomToRelieve', `${host} stays loaded: ${vm} fits below the low-water mark on no other host that is on`)
      case 'preferred':
        return reason('homeFull', `${vm} can't return to ${host} yet: no room there below the fill limit`)
      case 'empty':
        return reason('cannotEmpty', `${host} can't be emptied: its VMs don't all fit elsewhere or may not move now`)
      case 'spread':
        return reason('cannotSpread', `no single move brings ${host} nearer to the others`)
    }
  })
}

const failoverRuleOf = (pool: Pool): string => pool.rules.find(({ kind }) => kind === 'failover')?.id ?? ''

function outOfMovesText(cause: Cause, vm: string, host: string): string {
  switch (cause) {
    case 'relieve':
      return `${host} stays loaded`
    case 'preferred':
      return `${vm} can't return to ${host} yet`
    case 'empty':
      return `${host} can't be emptied`
    case 'place':
    case 'drain':
    case 'spread':
      return `${host} stays farther from the others than the policy wants`
  }
}
