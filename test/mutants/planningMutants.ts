import type { Mutant } from './mutants.ts'

const RULE_CHECK = 'src/model/ruleCheck.ts'
const BROKEN_RULES = 'src/model/brokenRules.ts'
const COMPILE = 'src/policy/rules/compile.ts'
const SEQUENCE = 'src/plan/sequence.ts'
const ROOM = 'src/plan/room.ts'
const STATE = 'src/optimize/search/state.ts'

const PLACEMENTS = ['test/properties/plannerRules.test.ts']
const AGREE = ['test/policy/rules/agree.test.ts']
const ORDER = ['test/plan/order.test.ts']
const PLANNER = ['test/properties/planner.test.ts']
const CHECK = ['test/plan/check.test.ts']
const BOUND = ['test/optimize/bounds/lowerBound.test.ts']
const CONTRACT = ['test/contract/problemSolvers.test.ts']

/** Deliberate bugs in rules, the order of steps, the check, bounds, search and the sums of demand. */
export const PLANNING_MUTANTS: readonly Mutant[] = [
  // Rules: the checkers and the optimizer's form.
  { name: 'apart allows one more', file: RULE_CHECK, find: 'near.length < (rule.max ?? 1)', replace: 'near.length <= (rule.max ?? 1)', tests: ORDER },
  { name: 'groups kept apart look for their own', file: RULE_CHECK, find: 'vms.has(id) ? others : vms', replace: 'vms.has(id) ? vms : others', tests: PLACEMENTS },
  { name: 'a limit on resources forgets who comes', file: RULE_CHECK, find: 'held + amount(pool.vms[vm]!) <= rule.max', replace: 'held <= rule.max', tests: PLACEMENTS },
  { name: 'as many domains as wanted are asked of fewer VMs', file: BROKEN_RULES, find: 'used < Math.min(rule.min, members.length)', replace: 'used < rule.min', tests: PLACEMENTS },
  { name: 'a VM alone in its domain needs no other', file: BROKEN_RULES, find: '.filter(([domain]) => !needed.has(domain))', replace: '.filter(([domain]) => !needed.has(domain) && needed.size > 0)', tests: PLACEMENTS },
  { name: 'lonely VMs are kept apart from each other', file: COMPILE, find: 'everyone.filter((item) => !members.has(item))', replace: 'everyone.filter((item) => members.has(item))', tests: PLACEMENTS },
  { name: 'VMs are dealt to two groups of hosts', file: COMPILE, find: "zoneCount: groups.length, kind: 'zonesMax', max: 1", replace: "zoneCount: groups.length, kind: 'zonesMax', max: 2", tests: PLACEMENTS },
  { name: 'a host without a rack is in the first', file: COMPILE, find: 'if (name === null) return UNASSIGNED', replace: 'if (name === null) return 0', tests: PLACEMENTS },
  { name: 'soft rules are hard', file: COMPILE, find: 'weight: rule.weight ?? null', replace: 'weight: null', tests: AGREE },
  // Order: every state between.
  { name: 'a host is powered off before its VMs have left', file: SEQUENCE, find: '[...(leavers.get(target) ?? []), ...(powerOf', replace: '[...(powerOf', tests: ORDER },
  { name: 'a VM goes on before it has arrived', file: SEQUENCE, find: 'const own = [vm, ...(rules?.firstOf.get(vm) ?? [])]', replace: 'const own = [...(rules?.firstOf.get(vm) ?? [])]', tests: ORDER },
  { name: 'the last host goes off before another is on', file: SEQUENCE, find: ', ...takeRoom(spare, 0, ONE)]', replace: ']', tests: PLANNER, claim: 'least number' },
  { name: 'room is given out twice', file: ROOM, find: 'left[row]! -= taken', replace: 'left[row]! -= 0 * taken', tests: ORDER },
  { name: 'a debt of memory is forgotten', file: ROOM, find: 'for (const payer of room.payers[host] ?? []) before.add(payer)', replace: '', tests: PLANNER },
  { name: 'a host goes off before the one that makes up for it is up', file: SEQUENCE, find: "kind === 'failover') ? steps", replace: "kind === 'order') ? steps", tests: PLANNER, claim: 'failover' },
  // The check.
  { name: 'the check sees no more than the order in the list', file: 'src/plan/check.ts', find: 'return issues.length > 0 ? issues : checkTogether', replace: 'return issues.length >= 0 ? issues : checkTogether', tests: CHECK },
  { name: 'the check takes the mildest state for the worst', file: 'src/plan/checkTogether.ts', find: 'held[host]! + Math.max(...gains)', replace: 'held[host]! + Math.min(0, ...gains)', tests: CHECK },
  { name: 'the check lets a VM arrive before its host is on', file: 'src/plan/checkTogether.ts', find: "kind === 'powerOn' && ended(arrives, number))", replace: "kind === 'powerOn')", tests: CHECK },
  { name: 'the least cut is any cut', file: 'src/plan/worstLoad.ts', find: 'if (path === null) return cut', replace: 'if (path === null || cut > 0) return cut', tests: CHECK },
  // Bounds: never above what there is.
  { name: 'sizes above half count double', file: 'src/optimize/bounds/dualFeasible.ts', find: '(size) => (size > largest - threshold ? largest', replace: '(size) => (size >= largest - threshold ? largest', tests: BOUND },
  { name: 'bins in use anyhow are paid twice', file: 'src/optimize/bounds/binsNeeded.ts', find: 'left -= count * values[row]!', replace: 'left -= 0 * count * values[row]!', tests: BOUND },
  { name: 'one more must leave than need be', file: 'src/optimize/bounds/leaveCovers.ts', find: 'let fewest = 0', replace: 'let fewest = 1', tests: BOUND },
  // Search.
  { name: 'the search forgets a broken rule', file: STATE, find: 'let hard = this.liftedHard + this.rules.hardChange', replace: 'let hard = this.liftedHard', tests: ['test/optimize/search/state.test.ts'] },
  { name: 'an exchange is priced without its moves', file: STATE, find: 'let value = this.rules.valueChange + this.prices.swapChange(one, a, other, b)', replace: 'let value = this.rules.valueChange', tests: ['test/optimize/search/state.test.ts'] },
  { name: 'more items move than may', file: 'src/optimize/search/draft.ts', find: 'return displaced < this.movesMax', replace: 'return displaced <= this.movesMax', tests: CONTRACT, claim: 'moves no more than' },
  { name: 'a broken rule is mended at the cost of another', file: STATE, find: 'this.worsens = this.rules.worsens\n    let hard = this.liftedHard', replace: 'let hard = this.liftedHard', tests: CONTRACT, claim: 'keeps the contract' },
  // Demand that adds up.
  { name: 'what factors explain is counted twice', file: 'src/optimize/risk/demandModel.ts', find: 'unexplained -= loading * loading', replace: 'unexplained -= 0 * loading', tests: ['test/optimize/risk/demandModel.test.ts'] },
  { name: 'a gap counts as nothing wanted', file: 'src/optimize/risk/sharedFactors.ts', find: 'if (!Number.isNaN(values[at]!)) squares[at % itemCount]!', replace: 'squares[at % itemCount]!', tests: ['test/optimize/risk/demandModel.test.ts'] },
  { name: 'few samples are the whole truth', file: 'src/optimize/risk/demandModel.ts', find: 'known / (known + poolSamples)', replace: '1', tests: ['test/optimize/risk/demandModel.test.ts'] },
]
