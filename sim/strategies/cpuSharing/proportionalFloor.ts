import { VM } from '../../../src/model/pool.ts'
import { type World, isRunning } from '../../world/world.ts'
import type { CpuSharing } from '../strategies.ts'

/** A VM on its way in takes this part of its request from the target. */
const INCOMING = 0.1
/** A VM on its way out is delivered this part of its request; all of it stays reserved. */
const OUTGOING = 0.9

/**
 * Section 4 of the study's specification: requests capped to a core; where they don't fit they are scaled alike and
 * rounded down to whole MIPS. What an incoming VM gets counts for its host only, not for the VM.
 */
export const proportionalFloor: CpuSharing = {
  share(world, host) {
    const { pool, deliveredMhz } = world
    const { vmHost, vmState } = pool
    const { capacity, coreMhz, performanceFactor } = pool.hosts[host]!
    const core = coreMhz * performanceFactor
    const needed = neededMhz(world, host, core)
    const fits = needed <= capacity.cpuMhz
    const scale = capacity.cpuMhz / needed
    let used = 0
    for (const slot of world.hostVms[host]!) {
      const request = requestMhz(world, slot, core)
      const isIncoming = vmHost[slot] !== host
      const isOutgoing = !isIncoming && vmState[slot] === VM.migrating
      const part = isIncoming ? INCOMING : isOutgoing ? OUTGOING : 1
      const delivered = fits ? request * part : Math.floor(request * scale * part)
      if (!isIncoming) deliveredMhz[slot] = delivered
      used += isOutgoing ? delivered / OUTGOING : delivered
    }
    world.hostUsedMhz[host] = used
  },
}

/** A VM that is being started or stopped asks for nothing. */
const requestMhz = ({ pool, demandMhz }: World, slot: number, core: number): number => (isRunning(pool.vmState[slot]!) ? Math.min(demandMhz[slot]!, pool.vms[slot]!.vcpus * core) : 0)

/** Added up from the last VM to the first: the order decides where a scaled share falls on a whole number. */
function neededMhz(world: World, host: number, core: number): number {
  const { vmHost } = world.pool
  const list = world.hostVms[host]!
  let needed = 0
  for (let position = list.length - 1; position >= 0; position--) {
    const slot = list[position]!
    const request = requestMhz(world, slot, core)
    needed += vmHost[slot] === host ? request : request * INCOMING
  }
  return needed
}
