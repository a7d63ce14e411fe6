import { hostId, vmId } from '../../src/model/ids.ts'
import type { LoadView } from '../../src/model/loadView.ts'
import type { Plan } from '../../src/model/plan.ts'
import { reason } from '../../src/model/result.ts'
import type { TransitionLimits } from '../../src/model/transition.ts'
import type { Cause, Move, Packed } from '../../src/optimize/packing.ts'
import { type Decision, makePlan } from '../../src/plan/makePlan.ts'
import { type SmallPool, smallPool } from './pools.ts'

export const EXAMPLE_LIMITS: TransitionLimits = { memoryEnforced: true, hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: 8, poolBootsMax: 2, hostsOnMin: 1 }

/** Six hosts of 40 GHz and 64 GiB: h1 loaded, h2 nearly out of memory, h5 hardly used, h6 empty. */
export function examplePool(): SmallPool {
  const host = { memoryMib: 65_536, cores: 16, coreMhz: 2500 }
  return smallPool({ h1: host, h2: host, h3: host, h4: host, h5: host, h6: host }, {
    'db-1': { on: 'h1', memoryMib: 16_384, cpuMhz: 10_000, dirtyMibPerS: 50 }, 'web-1': { on: 'h1', memoryMib: 8192, cpuMhz: 20_000, dirtyMibPerS: 20 }, 'web-2': { on: 'h1', memoryMib: 8192, cpuMhz: 8000, dirtyMibPerS: 20 },
    'app-1': { on: 'h2', memoryMib: 61_000, cpuMhz: 8000 }, 'app-2': { on: 'h3', memoryMib: 16_384, cpuMhz: 8000 }, 'log-1': { on: 'h5', memoryMib: 4096, cpuMhz: 2000 }, 'log-2': { on: 'h5', memoryMib: 4096, cpuMhz: 2000 },
  }, [{ id: 'web-apart', kind: 'apart', vms: [vmId('web-1'), vmId('web-2')] }])
}

const USED_MHZ = [9000, 18_000, 8000, 6000, 6000, 1000, 1000]

export function exampleLoad({ pool }: SmallPool): LoadView {
  const hostShort = new Float64Array(pool.hosts.length)
  USED_MHZ.forEach((mhz, vm) => void (hostShort[pool.vmHost[vm]!]! += mhz / 40_000))
  const vmShortMhz = Float64Array.from(USED_MHZ)
  const ones = (count: number): Uint8Array => new Uint8Array(count).fill(1)
  return { atMs: 0, vmShortMhz, vmLongMhz: vmShortMhz, vmKnown: ones(pool.vms.length), hostKnown: ones(pool.hosts.length), hostShort, hostLong: hostShort, hostMeasured: hostShort, poolPeakMhz: 49_000, historyMs: 3_600_000, vmMemoryMib: Float64Array.from(pool.vms, (vm) => vm.memoryMib), vmNetworkMibPerS: new Float64Array(pool.vms.length), vmServedRatio: new Float64Array(pool.vms.length).fill(1) }
}

const REASONS = {
  relieve: { goal: 'overload', reason: reason('loaded', 'h1 is above 80 % of CPU for 6 min (now 88 %)') },
  empty: { goal: 'consolidation', reason: reason('underloaded', 'h5 was below 10 % for 40 min and is to be switched off') },
}

export function exampleDecision(parts: Partial<Decision> = {}): Decision {
  const move = (item: number, source: number, target: number, cause: Cause): Move => ({ item, source, target, cause })
  const packed: Packed = { assignment: Int32Array.of(0, 2, 0, 1, 2, 3, 3), moves: [move(1, 0, 2, 'relieve'), move(5, 4, 3, 'empty'), move(6, 4, 3, 'empty')], unmet: [], emptied: [4], objectiveBefore: 80, objectiveAfter: 12, lowerBound: 10 }
  return {
    packed, itemVm: Int32Array.of(0, 1, 2, 3, 4, 5, 6), unmet: [], reasonOf: (cause) => REASONS[cause === 'relieve' ? 'relieve' : 'empty'], wake: [], stop: [], powerOff: [{ host: 4, reason: REASONS.empty.reason, after: [] }],
    goal: 'overload', reason: REASONS.relieve.reason, notDone: [{ reason: reason('hostOnMin', 'h6 stays on: it came up 10 min ago and is to stay up at least 30 min'), vms: [], hosts: [hostId('h6')] }], ...parts,
  }
}

export function examplePlan(small: SmallPool = examplePool(), parts: Partial<Decision> = {}): Plan {
  return makePlan(small.pool, small.index, exampleLoad(small), exampleDecision(parts), EXAMPLE_LIMITS, 'p7')
}
