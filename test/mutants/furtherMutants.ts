import type { Mutant } from './mutants.ts'

const LOAD_VIEW = 'src/observe/loadView.ts'
const TRANSITION = 'src/model/transition.ts'
const SHARES = 'sim/strategies/cpuSharing/weightedShares.ts'
const POWER_SAVE = 'src/policy/goals/powerSave/consolidate.ts'

const MODEL_TESTS = ['test/model/transition.test.ts']
const POOL_TESTS = ['test/properties/pool.test.ts']
const CONTROL_TESTS = ['test/control/turn.test.ts']

/** More deliberate bugs, in all parts. */
export const FURTHER_MUTANTS: readonly Mutant[] = [
  { name: 'a host with an unknown VM counts as known', file: LOAD_VIEW, find: 'known[pool.vmHost[vm]!] = 0', replace: 'known[pool.vmHost[vm]!] = 1', tests: ['test/observe/loadView.test.ts'] },
  { name: 'a gap is read as zero', file: LOAD_VIEW, find: 'new Float64Array(pool.vms.length).fill(NaN)', replace: 'new Float64Array(pool.vms.length)', tests: ['test/observe/loadView.test.ts'] },
  { name: 'a history with a hole counts as whole', file: LOAD_VIEW, find: 'begins.takenAtMs - frame.takenAtMs > ageMaxMs', replace: 'begins.takenAtMs - frame.takenAtMs > 99 * ageMaxMs', tests: ['test/observe/loadView.test.ts'] },
  { name: 'a host is loaded on a guess', file: 'src/observe/loadView.ts', find: 'hostMeasured: hostUtilization(pool, measuredMhz)', replace: 'hostMeasured: hostUtilization(pool, vmShortMhz)', tests: ['test/properties/quiet.test.ts', 'test/control/turn.test.ts'] },
  { name: 'a host is relieved before the hold time is over', file: 'src/policy/goals/evenDistribution.ts', find: 'atMs - sinceMs[host]! >= holdMs', replace: 'atMs - sinceMs[host]! >= 0 * holdMs', tests: ['test/properties/quiet.test.ts'], slow: true },
  { name: 'energy is accounted at the power that comes, not at the one that was', file: 'sim/strategies/timeline/continuous.ts', find: 'settle(sim, touched)\n    action()', replace: 'action()\n    settle(sim, touched)', tests: ['test/analytic/energy.test.ts'] },
  { name: 'a host that is off draws nothing', file: 'sim/strategies/hostPower/switched.ts', find: ': power.offW', replace: ': 0 * power.offW', tests: ['test/analytic/energy.test.ts'] },
  { name: 'a boot draws idle power', file: 'sim/strategies/hostPower/switched.ts', find: 'return power.bootW', replace: 'return power.curveW[0]!', tests: ['test/analytic/energy.test.ts'] },
  { name: 'a simulated migration never pauses', file: 'sim/world/migration.ts', find: '<= downtimeMaxMs) return', replace: '<= -downtimeMaxMs) return', tests: ['test/analytic/migration.test.ts'] },
  { name: 'two streams have the link each', file: 'sim/world/migration.ts', find: 'Math.max(1, pool.hostIncoming[host]! + pool.hostOutgoing[host]!)', replace: '1', tests: ['test/analytic/migration.test.ts'] },
  { name: 'a paused VM does not suffer', file: 'sim/strategies/slaAccounting/vmMinutes.ts', find: 'if (paused) meter.pausedMs[vm]! += durationMs', replace: '', tests: ['test/analytic/migration.test.ts'] },
  { name: 'hardware threads yield nothing', file: SHARES, find: '(smtYield - 1)', replace: '(smtYield - smtYield)', tests: ['test/analytic/contention.test.ts'] },
  { name: 'reservations are not kept', file: SHARES, find: 'Math.min(wants[position]!, world.pool.vms[slot]!.cpuReservationMhz)', replace: '0 * Math.min(wants[position]!, world.pool.vms[slot]!.cpuReservationMhz)', tests: ['test/analytic/contention.test.ts'] },
  { name: 'shared pages are not lost on arrival', file: 'sim/world/memoryPressure.ts', find: 'pageSharingRatio * settled', replace: 'pageSharingRatio * (1 + 0 * settled)', tests: ['test/analytic/sla.test.ts'] },
  { name: 'samples that are not due yet come along', file: 'sim/run.ts', find: 'inbox.splice(0, 1)', replace: 'inbox.splice(0)', tests: ['test/sim/occurrences.test.ts'] },
  { name: 'a VM that departs leaves its memory behind', file: 'sim/occurrences.ts', find: 'unlist(world, host, slot)\n  release(world.pool, slot, host)', replace: 'unlist(world, host, slot)', tests: POOL_TESTS },
  { name: 'VMs of a failed host are not restarted', file: 'sim/occurrences.ts', find: 'world.pool.vmState[slot] = VM.pending', replace: 'world.pool.vmState[slot] = VM.stopped', tests: ['test/analytic/sla.test.ts'] },
  { name: 'a started step goes on waiting', file: 'src/execute/walk.ts', find: 'if (begun.ok) started.push(step)', replace: 'if (begun.ok) started.push(step), waiting.push(step)', tests: ['test/execute/walk.test.ts'] },
  { name: 'a failed step counts as one that ended well', file: 'src/execute/walk.ts', find: 'lost: ok ? progress.lost', replace: 'lost: ok || !ok ? progress.lost', tests: ['test/execute/walk.test.ts'] },
  { name: 'a host that may live is woken', file: TRANSITION, find: "if (pool.hostReachable[target] === 0) return refuse('hostUnreachable', `${step.host}", replace: "if (pool.hostReachable[target] === 9) return refuse('hostUnreachable', `${step.host}", tests: [...MODEL_TESTS, 'test/sim/occurrences.test.ts'] },
  { name: 'rules are not asked', file: TRANSITION, find: "return rule ? refuse('rule', rule) : null", replace: "return rule === 'never' ? refuse('rule', rule) : null", tests: MODEL_TESTS },
  { name: 'a VM on its way in is no neighbour', file: 'src/model/ruleCheck.ts', find: '[pool.vmHost[vm]!, pool.vmTarget[vm]!].filter(', replace: '[pool.vmHost[vm]!].filter(', tests: MODEL_TESTS },
  { name: 'one more at once than is allowed', file: TRANSITION, find: 'now >= max', replace: 'now > max', tests: MODEL_TESTS },
  { name: 'an unknown host does not keep others on', file: TRANSITION, find: 'if (unknown > 0)', replace: 'if (unknown > 9)', tests: MODEL_TESTS },
  { name: 'nothing holds back what waits', file: 'src/control/hold.ts', find: 'if (!isOptional(step)) return false', replace: 'if (!isOptional(step) || unixMs > 0) return false', tests: CONTROL_TESTS },
  { name: 'a VM stopped as its host comes back is forgotten', file: 'src/policy/goals/maintenance.ts', find: '|| isBeingLeft(view.pool, entry.host)', replace: '', tests: CONTROL_TESTS },
  { name: 'what was planned before a request is started after it', file: 'src/control/adopt.ts', find: 'progress: steps > 0 ?', replace: 'progress: steps > 9 ?', tests: CONTROL_TESTS },
  { name: 'goals keep their reasons to themselves', file: 'src/control/adopt.ts', find: 'if (fresh.length === 0) return', replace: 'if (fresh.length >= 0) return', tests: [...CONTROL_TESTS, ...POOL_TESTS] },
  { name: 'a failed migration is tried again at once', file: 'src/control/learn.ts', find: 'Math.min(retryMaxMs, retryMs * 2 ** (count - 1))', replace: '0 * Math.min(retryMaxMs, retryMs * 2 ** (count - 1))', tests: CONTROL_TESTS },
  { name: 'a host is filled before what leaves it has left', file: 'src/policy/arbitrate.ts', find: '- leavingMhz[host]!', replace: '- 0 * leavingMhz[host]!', tests: CONTROL_TESTS },
  { name: 'hosts are switched off as often as power save likes', file: POWER_SAVE, find: 'cycles >= settings.powerCyclesPerHostDayMax', replace: 'cycles >= 9 + settings.powerCyclesPerHostDayMax', tests: POOL_TESTS },
  { name: 'a host is switched off as soon as it is up', file: POWER_SAVE, find: 'upMs < settings.hostOnMinMs', replace: 'upMs < 0 * settings.hostOnMinMs', tests: POOL_TESTS },
  { name: 'a host goes off that was never seen to wake', file: 'src/policy/goals/powerSave/drills.ts', find: 'if (seen === undefined) return', replace: 'if (seen === undefined && atMs < 0) return', tests: ['test/policy/powerSave/drills.test.ts'] },
  { name: 'relief fills a target to its brim', file: 'src/optimize/greedy.ts', find: "bestBin(draft, item, packing.fillLimit, 'spread', (other)", replace: "bestBin(draft, item, packing.capacity, 'spread', (other)", tests: ['test/optimize/greedy.test.ts'] },
  { name: 'groups are torn apart', file: 'src/optimize/wholeGroups.ts', find: 'if (torn.length === 0) return back', replace: 'if (torn.length >= 0) return back', tests: ['test/optimize/greedy.test.ts'] },
  { name: 'a plan forgets what makes room', file: 'src/plan/sequence.ts', find: '...takeRoom(room, target, amountsOf(sequence, vm)),', replace: '', tests: ['test/plan/order.test.ts'] },
  { name: 'the warm-up counts', file: 'sim/summary.ts', find: 'column.fill(0)', replace: 'column.fill(column[0] ?? 0)', tests: ['test/analytic/energy.test.ts'] },
  { name: 'new VMs go where packing would put them', file: 'src/optimize/greedy.ts', find: 'isFirst ? firstPlace(draft, item, packing.firstPlaces) : ', replace: '', tests: ['test/policy/place/firstPlaces.test.ts'] },
  { name: 'a search puts new VMs elsewhere than scorers do', file: 'src/optimize/packingProblem.ts', find: 'packing.firstPlaces !== undefined && !answer.includes(UNASSIGNED)', replace: 'packing.firstPlaces !== undefined && answer.length === 0', tests: ['test/policy/place/firstPlaces.test.ts'] },
  { name: 'VMs out of automation are moved', file: 'src/control/allowance.ts', find: "vm?.automation === 'never' ||", replace: "", tests: ['test/control/balance.test.ts'] },
  { name: 'a VM rests as the policy says, whatever it says itself', file: 'src/control/allowance.ts', find: 'pool.vms[vm]?.cooldownMs ?? budgets.vmCooldownMs', replace: 'budgets.vmCooldownMs', tests: ['test/control/balance.test.ts'] },
  { name: 'the cap of a host is that of the source alone', file: 'src/control/hostHour.ts', find: '[step.source, step.target].some', replace: '[step.source].some', tests: ['test/control/balance.test.ts'] },
  { name: 'placement does not look at targets of classes', file: 'src/policy/risk/riskMemory.ts', find: 'return sla.targets.length > 0 ?', replace: 'return sla.targets.length > 99 ?', tests: ['test/scenarios/goldAndBronze.test.ts'] },
]
