/** A deliberate bug: in `file`, `find` (which stands there exactly once) becomes `replace`; at least one of `tests` must go red. */
export interface Mutant {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
  readonly tests: readonly string[]
  /** Pattern of the names of tests to run; absent: all of those files. */
  readonly claim?: string
  /** Takes so long to be caught that it is only planted with `PLIMSOLL_MUTANTS=all`. */
  readonly slow?: true
}

const TRANSITION = 'src/model/transition.ts'

export const MUTANTS: readonly Mutant[] = [
  { name: 'a migrating VM holds no memory on its target', file: TRANSITION, find: 'pool.hostMemoryMib[target]! += pool.vms[vm]!.memoryMib\n  pool.hostOutgoing', replace: 'pool.hostOutgoing', tests: ['test/model/transition.test.ts', 'test/properties/pool.test.ts'] },
  { name: 'one host fewer than the minimum may stay on', file: TRANSITION, find: 'on - 1 < onMin', replace: 'on < onMin', tests: ['test/model/transition.test.ts'] },
  { name: 'a host that holds VMs is powered off', file: TRANSITION, find: "if (pool.hostVmCount[host]! > 0) return no('hostNotEmpty'", replace: "if (pool.hostVmCount[host]! > 99) return no('hostNotEmpty'", tests: ['test/model/transition.test.ts'] },
  { name: 'VMs are sent to a host in maintenance', file: TRANSITION, find: "if (pool.hostMode[target] !== MODE.available) return refuse('hostInMaintenance'", replace: "if (pool.hostMode[target] === 9) return refuse('hostInMaintenance'", tests: ['test/model/transition.test.ts'] },
  { name: 'a failed migration keeps the memory on its target', file: TRANSITION, find: '      pool.hostMemoryMib[target]! -= pool.vms[vm]!.memoryMib\n', replace: '', tests: ['test/model/transition.test.ts', 'test/properties/pool.test.ts'] },
  { name: 'cooldowns are not kept', file: 'src/control/allowance.ts', find: '?? budgets.vmCooldownMs)', replace: '?? 0 * budgets.vmCooldownMs)', tests: ['test/properties/pool.test.ts'] },
  { name: 'the hour has no budget of migrations', file: 'src/control/allowance.ts', find: 'migrationsPerHourMax - lately.length', replace: 'migrationsPerHourMax + 1000', tests: ['test/properties/pool.test.ts'] },
  { name: 'a window includes its last minute', file: 'src/model/window.ts', find: 'minute >= window.fromMinute && minute < window.toMinute', replace: 'minute >= window.fromMinute && minute <= window.toMinute', tests: ['test/policy/windows.test.ts'] },
  { name: 'a short host delivers all that is wanted', file: 'sim/strategies/cpuSharing/weightedShares.ts', find: 'if (wanted > available)', replace: 'if (wanted > 9 * available)', tests: ['test/analytic/contention.test.ts'] },
  { name: 'the controller sees demand instead of use', file: 'sim/strategies/observation/sampled.ts', find: 'sample.vmCpuMhz[slot] = used / coveredMs', replace: 'sample.vmCpuMhz[slot] = world.demandMhz[slot]! + 0 * used', tests: ['test/properties/truth.test.ts'] },
  { name: 'energy leaves out PUE', file: 'sim/strategies/energyFrame/steadyPower.ts', find: ' * run.physics.pue', replace: '', tests: ['test/analytic/energy.test.ts'] },
  { name: 'a VM that gets too little does not violate', file: 'sim/strategies/slaAccounting/vmMinutes.ts', find: 'delivered < world.run', replace: 'delivered > world.run', tests: ['test/analytic/sla.test.ts'] },
  { name: 'pre-copy sends the first round twice', file: 'src/plan/precopy.ts', find: 'let sentMib = 0', replace: 'let sentMib = memoryMib', tests: ['test/plan/precopy.test.ts'] },
  { name: 'equal instants come out in any order', file: 'sim/eventQueue.ts', find: 'difference === 0 && this.#sequences[left]! < this.#sequences[right]!', replace: 'difference === 0 && this.#sequences[left]! > this.#sequences[right]!', tests: ['test/sim/eventQueue.test.ts'] },
  { name: 'all labels draw the same numbers', file: 'src/model/seededRng.ts', find: 'seededRng(seed, `${label}/${inner}`)', replace: 'seededRng(seed, `${label}${inner.slice(9)}`)', tests: ['test/sim/random.test.ts'] },
  { name: 'a plan that cannot be ordered is not mended through a third host', file: 'src/plan/order.ts', find: 'if (round.length === 0) round = breakCycles', replace: 'if (round.length === -1) round = breakCycles', tests: ['test/plan/order.test.ts'] },
]
