import { hostId, type VmId } from '../../model/ids.ts'
import { NOWHERE, VM, addHost, copyPool, memoryForVmsMib, type Pool } from '../../model/pool.ts'
import { loadsOf, violationOf } from '../../optimize/evaluate.ts'
import { type GroupRule, UNASSIGNED, problemOf } from '../../optimize/problem.ts'
import { type RuleProblem, partOf, ruleTies } from '../../optimize/exact/ruleProblem.ts'
import { quickProof } from '../../optimize/exact/ruleProofs.ts'
import { searchPlaces } from '../../optimize/exact/ruleSearch.ts'
import { compileRules } from './compile.ts'
import { conflictText } from './conflictText.ts'
import { type ConflictPart, type RelaxedPool, isStuck, isUsable, partsAbout, poolWith } from './relaxed.ts'

/** What can't all hold for some VMs, however the pool is arranged. */
export interface Conflict {
  readonly parts: readonly ConflictPart[]
  readonly vms: readonly VmId[]
  /** `smallest`: no fewer parts conflict for these VMs; `irreducible`: without any one of them, these VMs have places; `proven`: they conflict, but fewer might. */
  readonly minimality: 'smallest' | 'irreducible' | 'proven'
  readonly message: string
}

/** `none`: there is a placement that keeps all hard rules and limits. `unknown`: neither that nor a conflict was found within the limit. */
export type ConflictAnswer = { readonly verdict: 'none' | 'unknown' } | { readonly verdict: 'conflict'; readonly conflict: Conflict }

/** Bins tried by one search. */
const LOOKS_MAX = 200_000
/** Items x bins up to which the whole pool is searched with memory; beyond, group by group of VMs that rules relate. */
const WHOLE_MAX = 4000

/**
 * Whether all hard rules, needs and limits of a pool can hold at once, for all VMs that have or want a place; if not, a
 * least set of them that can't, by a deletion filter (Chinneck & Dravnieks, "Locating minimal infeasible constraint sets in
 * linear programs", ORSA Journal on Computing 3(2), 1991), and by trying all smaller sets where they are few.
 */
export function conflictOf(pool: Pool, looksMax: number = LOOKS_MAX): ConflictAnswer {
  const all = Array.from({ length: pool.vms.length }, (_, vm) => vm).filter((vm) => takesPart(pool, vm))
  const asking = { pool, looksMax }
  const first = findImpossible(asking, all, partsAbout(pool, all))
  if (first === 'none' || first === 'unknown') return { verdict: first }
  return { verdict: 'conflict', conflict: leastConflict(asking, first) }
}

/** Whether the VM has a place or waits for one. */
const takesPart = (pool: Pool, vm: number): boolean => pool.vmState[vm] !== VM.gone && (pool.vmHost[vm] !== NOWHERE || pool.vmState[vm] === VM.pending)

interface Asking {
  readonly pool: Pool
  readonly looksMax: number
}

/** VMs that can't all have places under the parts; `none`: all can. */
function findImpossible({ pool, looksMax }: Asking, vms: readonly number[], parts: readonly ConflictPart[]): readonly number[] | 'none' | 'unknown' {
  const relaxed = poolWith(pool, parts)
  const { problem, initial } = ruleProblemOf(relaxed, vms)
  const misplaced = misplacedItems(problem, initial)
  if (!misplaced.includes(1)) return 'none'
  const quick = quickProof(problem)
  if (quick !== null) return quick.map((item) => vms[item]!)
  const isSmall = problem.itemCount * problem.binCount <= WHOLE_MAX
  // A group that is well placed has places; that groups may crowd each other out is another matter.
  const groups = isSmall ? [Array.from(vms.keys())] : relatedItems(problem).filter((items) => items.some((item) => misplaced[item] === 1))
  const areIndependent = isSmall || (!relaxed.memoryBinds && !problem.rules.some((rule) => isOverMany(rule, problem.itemCount)))
  const ties = ruleTies(problem)
  const verdicts = new Set<string>()
  for (const items of groups) {
    const { part } = partOf(problem, items, ties)
    const proof = quickProof(part)
    if (proof !== null) return proof.map((item) => vms[items[item]!]!)
    const { verdict } = searchPlaces(part, looksMax)
    if (verdict === 'impossible') return items.map((item) => vms[item]!)
    verdicts.add(verdict)
  }
  return areIndependent && !verdicts.has('unknown') ? 'none' : 'unknown'
}

/** The feasibility problem of some VMs on all hosts, and where they are now. */
function ruleProblemOf({ pool, memoryBinds, stuckVms, anyHost }: RelaxedPool, vms: readonly number[]): { readonly problem: RuleProblem; readonly initial: Int32Array } {
  const itemVm = Int32Array.from(vms)
  const { rules, allowedRow, allowed, stays } = compileRules(pool, itemVm)
  const initial = Int32Array.from(itemVm, (vm) => (pool.vmTarget[vm] === NOWHERE ? pool.vmHost[vm]! : pool.vmTarget[vm]!))
  const fixed = Int32Array.from(itemVm, (vm, item) => (initial[item] !== NOWHERE && (stays[item] === 1 || stuckVms.has(pool.vms[vm]!.id)) ? initial[item]! : UNASSIGNED))
  const usable = pool.hosts.map((_, host) => anyHost || isUsable(pool, host))
  const isIn = new Set(vms)
  const base = new Float64Array(pool.hosts.length)
  pool.vms.forEach(({ memoryMib }, vm) => {
    if (!isIn.has(vm) && takesPart(pool, vm) && isStuck(pool, vm)) base[pool.vmHost[vm]!]! += memoryMib
  })
  const problem: RuleProblem = {
    itemCount: vms.length, binCount: pool.hosts.length, dimensions: 1, demand: Float64Array.from(itemVm, (vm) => pool.vms[vm]!.memoryMib), base, fixed, rules: rules.filter(({ weight }) => weight === null),
    capacity: Float64Array.from(pool.hosts, (host) => (memoryBinds ? memoryForVmsMib(host) : Infinity)), ...rowsOf(pool.hosts.length, usable, initial, (item) => allowedRow[item]!, allowed),
  }
  return { problem, initial }
}

/** 1: items that have no place, one that is not allowed, one on a bin that holds too much, or one that breaks a rule together with others. */
function misplacedItems(problem: RuleProblem, initial: Int32Array): Uint8Array {
  const { rows, rowOf, capacity, rules } = problem
  const assignment = problemOf({ ...problem, initial })
  const loads = loadsOf(assignment, initial)
  const misplaced = Uint8Array.from(initial, (bin, item) => (bin === UNASSIGNED || rows[rowOf[item]!]![bin] === 0 || loads[bin]! > capacity[bin]! ? 1 : 0))
  for (const rule of rules) {
    if (violationOf(assignment, rule, initial) === 0) continue
    for (const item of [...rule.members, ...('others' in rule ? rule.others : [])]) misplaced[item] = 1
  }
  return misplaced
}

/** Rows of hosts: those that are allowed and in service, and where the VM is already if it is allowed there. */
function rowsOf(hostCount: number, usable: readonly boolean[], initial: Int32Array, allowedRow: (item: number) => number, allowed: readonly Uint8Array[]): { readonly rows: Uint8Array[]; readonly rowOf: Int32Array } {
  const rows: Uint8Array[] = []
  const numbers = new Map<string, number>()
  const rowOf = Int32Array.from(initial, (bin, item) => {
    const extra = bin !== NOWHERE && !usable[bin]! ? bin : NOWHERE
    const key = `${allowedRow(item)} ${extra}`
    if (!numbers.has(key)) numbers.set(key, rows.push(Uint8Array.from({ length: hostCount }, (_, host) => ((usable[host]! || host === extra) && (allowed[allowedRow(item)]?.[host] ?? 1) === 1 ? 1 : 0))) - 1)
    return numbers.get(key)!
  })
  return { rows, rowOf }
}

/** Rules over (nearly) all items only forbid: they bind within a group, but relate nobody to anybody. */
const isOverMany = (rule: GroupRule, itemCount: number): boolean => rule.members.length + ('others' in rule ? rule.others.length : 0) > itemCount / 2 && rule.kind !== 'needs' && rule.kind !== 'zonesMin'

/** Items in groups that rules relate to each other; an item that no rule relates is in none. */
function relatedItems({ itemCount, rules }: RuleProblem): number[][] {
  const parent = Int32Array.from({ length: itemCount }, (_, item) => item)
  const rootOf = (item: number): number => {
    while (parent[item] !== item) item = parent[item] = parent[parent[item]!]!
    return item
  }
  const related = new Uint8Array(itemCount)
  for (const rule of rules) {
    if (isOverMany(rule, itemCount)) continue
    const tied = [...rule.members, ...('others' in rule ? rule.others : [])]
    for (const item of tied) {
      related[item] = 1
      parent[rootOf(item)] = rootOf(tied[0]!)
    }
  }
  const groups = new Map<number, number[]>()
  for (let item = 0; item < itemCount; item++) if (related[item] === 1) groups.set(rootOf(item), [...(groups.get(rootOf(item)) ?? []), item])
  return [...groups.values()]
}

/** Sets of parts of which every smaller one is tried. */
const SUBSETS_OF_MAX = 7

/** Takes part after part away while the rest still conflicts; then looks for a smaller set among all of them, if they are few. */
function leastConflict(asking: Asking, found: readonly number[]): Conflict {
  const doubts: unknown[] = []
  const impossibleUnder = (vms: readonly number[], parts: readonly ConflictPart[]): readonly number[] | null => {
    const answer = findImpossible(asking, vms, parts)
    if (answer === 'unknown') doubts.push(parts)
    return typeof answer === 'string' ? null : answer
  }
  const filtered = deletionFilter(asking.pool, found, impossibleUnder)
  const candidates = partsAbout(asking.pool, filtered.vms)
  const isFew = doubts.length === 0 && candidates.length <= SUBSETS_OF_MAX
  const smaller = isFew ? subsetsBelow(candidates, filtered.parts.length).find((parts) => impossibleUnder(filtered.vms, parts) !== null) : undefined
  const least = smaller === undefined ? filtered : { parts: smaller, vms: impossibleUnder(filtered.vms, smaller)! }
  const minimality = doubts.length > 0 ? 'proven' : isFew ? 'smallest' : 'irreducible'
  const vms = fewestVms(asking.pool, least, (some) => impossibleUnder(some, least.parts) !== null)
  const hostsHelp = findImpossible({ ...asking, pool: withMoreHosts(asking.pool, vms.length) }, vms, least.parts) === 'none'
  return { parts: least.parts, vms: vms.map((vm) => asking.pool.vms[vm]!.id), minimality, message: conflictText(asking.pool, least.parts, vms, hostsHelp) }
}

/** VMs of which each is tried for being left out; beyond, all are named. */
const VMS_TRIED_MAX = 24

/** The VMs without those that have no part in the conflict. Whom a rule asks for (`requires`) stays, and who can't be moved: left out, they would bind the others all the same. */
function fewestVms(pool: Pool, { parts, vms }: Impossible, areImpossible: (vms: readonly number[]) => boolean): readonly number[] {
  if (vms.length > VMS_TRIED_MAX) return vms
  const named = new Set(parts.flatMap((part) => (part.kind === 'rule' ? [part.rule] : [])))
  const asked = new Set<VmId>(pool.rules.flatMap((rule) => (rule.kind === 'requires' && named.has(rule.id) ? rule.others : [])))
  return vms.reduce((left, vm) => {
    const rest = left.filter((other) => other !== vm)
    return !asked.has(pool.vms[vm]!.id) && !isStuck(pool, vm) && rest.length > 0 && areImpossible(rest) ? rest : left
  }, vms)
}

/** New hosts that are looked at at most. */
const NEW_HOSTS_MAX = 8

/** The pool with empty hosts of its largest size, each in domains of its own and without limits. */
function withMoreHosts(pool: Pool, count: number): Pool {
  const more = copyPool(pool)
  const largest = [...pool.hosts].sort((a, b) => memoryForVmsMib(b) - memoryForVmsMib(a))[0]
  for (let number = 0; largest !== undefined && number < Math.min(count, NEW_HOSTS_MAX); number++) {
    const name = `new ${number}`
    addHost(more, { ...largest, id: hostId(name), rack: name, traits: { site: name, powerFeed: name } })
  }
  return more
}

interface Impossible {
  readonly parts: readonly ConflictPart[]
  readonly vms: readonly number[]
}

/** Where a proof names fewer VMs than before, what binds only the others goes too, and all are tried again. */
function deletionFilter(pool: Pool, found: readonly number[], impossibleUnder: (vms: readonly number[], parts: readonly ConflictPart[]) => readonly number[] | null): Impossible {
  let vms = found
  let parts: readonly ConflictPart[] = partsAbout(pool, vms)
  for (let before = Infinity; parts.length < before; ) {
    before = parts.length
    for (const part of parts) {
      const rest = parts.filter((other) => other !== part)
      const answer = impossibleUnder(vms, rest)
      if (answer === null) continue
      parts = rest
      vms = answer
    }
    const about = new Set(partsAbout(pool, vms).map((part) => JSON.stringify(part)))
    parts = parts.filter((part) => about.has(JSON.stringify(part)))
  }
  return { parts, vms }
}

/** All subsets with fewer than so many parts, smallest first. */
function subsetsBelow<T>(parts: readonly T[], size: number): T[][] {
  const subsets = Array.from({ length: 2 ** parts.length }, (_, mask) => parts.filter((__, at) => (mask >> at) % 2 === 1))
  return subsets.filter((subset) => subset.length < size).sort((a, b) => a.length - b.length)
}
