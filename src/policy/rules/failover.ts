import type { HostId, VmId } from '../../model/ids.ts'
import { NOWHERE, VM, memoryForVmsMib, type Pool } from '../../model/pool.ts'
import { isServing } from '../../model/transition.ts'
import { type RuleProblem, partOf } from '../../optimize/exact/ruleProblem.ts'
import { quickProof } from '../../optimize/exact/ruleProofs.ts'
import { searchPlaces } from '../../optimize/exact/ruleSearch.ts'
import { type GroupRule, UNASSIGNED } from '../../optimize/problem.ts'
import { type RuleLedger, count, ledgerOf, rulesAllow } from '../../optimize/ruleLedger.ts'
import { compileRules } from './compile.ts'

/** Whether the VMs of any so many failed hosts would find places on the others, where all VMs stay. */
export interface FailoverAnswer {
  readonly verdict: 'survives' | 'fails' | 'unknown'
  /** Hosts whose failure leaves VMs without a place, or of which it is not known; empty when all is well. */
  readonly failed: readonly HostId[]
  /** VMs of these hosts that can't all have places; empty when it is not known. */
  readonly vms: readonly VmId[]
  /** Sets of failed hosts looked at, of how many; where not all, the fullest hosts fail first, and `survives` is not said. */
  readonly looked: number
  readonly sets: number
}

const SETS_MAX = 5000
const LOOKS_MAX = 20_000

/**
 * For each set of failed hosts: first best fit of the largest VM first under memory, what VMs need of hosts and hard rules; where
 * that finds no place for one, a search of all placements, on large pools as far as rules relate few VMs. `fails` is proven,
 * `survives` too.
 */
export function failoverOf(pool: Pool, failures: number): FailoverAnswer {
  const standing = standingOf(pool)
  const hosts = standing.serving.sort((a, b) => standing.heldMib[b]! - standing.heldMib[a]! || a - b)
  const size = Math.min(failures, hosts.length)
  const sets = combinationsOf(hosts.length, size)
  let looked = 0
  let unsure: FailoverAnswer | null = null
  for (const failed of subsets(hosts, size)) {
    if (looked === SETS_MAX) break
    looked++
    const answer = { failed: failed.map((host) => pool.hosts[host]!.id), vms: [], looked, sets }
    const homeless = homelessIn(pool, standing, new Set(failed))
    if (homeless === 'unknown') unsure ??= { verdict: 'unknown', ...answer }
    else if (homeless.length > 0) return { verdict: 'fails', ...answer, vms: homeless.map((item) => pool.vms[standing.itemVm[item]!]!.id) }
  }
  return unsure ?? { verdict: looked < sets ? 'unknown' : 'survives', failed: [], vms: [], looked, sets }
}

/** Who stands where, and what binds them. */
interface Standing {
  readonly itemVm: Int32Array
  readonly place: Int32Array
  readonly serving: number[]
  readonly heldMib: Float64Array
  /** Memory left for VMs on each host, and serving hosts with the least first. */
  readonly roomMib: Float64Array
  readonly byRoom: readonly number[]
  readonly itemsOn: readonly (readonly number[])[]
  readonly allowedRow: Int32Array
  readonly allowed: readonly Uint8Array[]
  readonly rules: readonly GroupRule[]
  /** All at their places; whoever changes it puts it back. */
  readonly ledger: RuleLedger
}

function standingOf(pool: Pool): Standing {
  const itemVm = Int32Array.from(Array.from(pool.vms.keys()).filter((vm) => pool.vmState[vm] !== VM.gone && pool.vmHost[vm] !== NOWHERE))
  const place = itemVm.map((vm) => pool.vmHost[vm]!)
  // Restarted elsewhere, a VM comes from nowhere: devices and migration domains don't hold it.
  const restarted: Pool = { ...pool, vmState: pool.vmState.map((state) => (state === VM.gone ? state : VM.stopped)), vmHost: pool.vmHost.map(() => NOWHERE), vmTarget: pool.vmTarget.map(() => NOWHERE) }
  const { rules, allowedRow, allowed } = compileRules(restarted, itemVm)
  const hard = rules.filter(({ weight }) => weight === null)
  const itemsOn: number[][] = pool.hosts.map(() => [])
  place.forEach((host, item) => itemsOn[host]!.push(item))
  const serving = pool.hosts.flatMap((_, host) => (isServing(pool, host) ? [host] : []))
  const heldMib = Float64Array.from(itemsOn, (items) => items.reduce((sum, item) => sum + pool.vms[itemVm[item]!]!.memoryMib, 0))
  const roomMib = Float64Array.from(pool.hosts, (host, at) => memoryForVmsMib(host) - heldMib[at]!)
  return {
    itemVm, place, serving, heldMib, roomMib, byRoom: [...serving].sort((a, b) => roomMib[a]! - roomMib[b]! || a - b), itemsOn, allowedRow, allowed, rules: hard, ledger: ledgerOf(hard, itemVm.length, place),
  }
}

const mayBe = ({ allowed, allowedRow }: Standing, item: number, host: number): boolean => allowed[allowedRow[item]!]?.[host] !== 0

/** Items x bins up to which all placements are searched for one set of failed hosts. */
const SEARCHED_MAX = 2_000_000

/** Items of failed hosts that can't all have places; empty: they can. */
function homelessIn(pool: Pool, standing: Standing, failed: ReadonlySet<number>): readonly number[] | 'unknown' {
  const lost = [...failed].flatMap((host) => standing.itemsOn[host]!)
  if (bestFits(pool, standing, failed, lost)) return []
  const mates = new Set(lost.flatMap((item) => (standing.ledger.ties[item] ?? []).flatMap(({ rule }) => [...standing.rules[rule]!.members, ...('others' in standing.rules[rule]! ? standing.rules[rule].others : [])])))
  const items = [...new Set([...lost, ...mates])].sort((a, b) => a - b)
  if (items.length * pool.hosts.length > SEARCHED_MAX) return 'unknown'
  const problem = problemAfter(pool, standing, failed)
  const { part } = partOf(problem, items, standing.ledger.ties)
  const proof = quickProof(part)
  if (proof !== null) return proof.map((item) => items[item]!)
  const { verdict } = searchPlaces(part, LOOKS_MAX)
  return verdict === 'possible' ? [] : verdict === 'impossible' ? lost : 'unknown'
}

/** Whether each lost VM, largest first, fits the fullest host that still has room for it and that no rule forbids. */
function bestFits(pool: Pool, standing: Standing, failed: ReadonlySet<number>, lost: readonly number[]): boolean {
  const { ledger, place } = standing
  const mib = (item: number): number => pool.vms[standing.itemVm[item]!]!.memoryMib
  for (const item of lost) count(ledger, item, place[item]!, -1)
  const taken = new Map<number, number>()
  const found: { readonly item: number; readonly host: number }[] = []
  for (const item of [...lost].sort((a, b) => mib(b) - mib(a) || a - b)) {
    const host = fullestFor(standing, item, mib(item), failed, taken)
    if (host === null) break
    taken.set(host, (taken.get(host) ?? 0) + mib(item))
    found.push({ item, host })
    count(ledger, item, host, 1)
  }
  const holds = found.length === lost.length && dependenciesHold(standing, found)
  for (const { item, host } of found) count(ledger, item, host, -1)
  for (const item of lost) count(ledger, item, place[item]!, 1)
  return holds
}

/** The host with the least room that the item fits; of hosts that took something meanwhile the room is looked at anew. O(log hosts + hosts that took something), where nothing forbids. */
function fullestFor(standing: Standing, item: number, needMib: number, failed: ReadonlySet<number>, taken: ReadonlyMap<number, number>): number | null {
  const { byRoom, roomMib, ledger } = standing
  const mayHold = (host: number): boolean => !failed.has(host) && mayBe(standing, item, host) && rulesAllow(ledger, item, UNASSIGNED, host)
  let best: number | null = null
  let bestMib = Infinity
  for (const [host, mib] of taken) {
    const left = roomMib[host]! - mib
    if (left < needMib || left >= bestMib || !mayHold(host)) continue
    best = host
    bestMib = left
  }
  let low = 0
  for (let high = byRoom.length; low < high; ) {
    const middle = (low + high) >> 1
    if (roomMib[byRoom[middle]!]! < needMib) low = middle + 1
    else high = middle
  }
  for (let at = low; at < byRoom.length && roomMib[byRoom[at]!]! < bestMib; at++) if (!taken.has(byRoom[at]!) && mayHold(byRoom[at]!)) return byRoom[at]!
  return best
}

/** Whether those hold that placing one VM after another does not look at to the end: who needs whom, of those that stay too, and how many domains are in use. */
function dependenciesHold({ ledger, rules }: Standing, found: readonly { readonly item: number }[]): boolean {
  const tied = new Set(found.flatMap(({ item }) => (ledger.ties[item] ?? []).map(({ rule }) => rule)))
  return [...tied].every((number) => {
    const rule = rules[number]!
    const members = ledger.members[number]!
    if (rule.kind === 'needs') return members.every((count, zone) => count === 0 || ledger.others[number]![zone]! > 0)
    return rule.kind !== 'zonesMin' || members.reduce((zones, count) => zones + (count > 0 ? 1 : 0), 0) >= Math.min(rule.min, ledger.placed[number]!)
  })
}

/** All VMs where they stand, those of failed hosts on any other that serves. */
function problemAfter(pool: Pool, standing: Standing, failed: ReadonlySet<number>): RuleProblem {
  const { itemVm, place, allowedRow, allowed, rules, serving } = standing
  const isOpen = new Uint8Array(pool.hosts.length)
  for (const host of serving) if (!failed.has(host)) isOpen[host] = 1
  // The first row is of VMs that stay: nobody asks again whether they may be where they are.
  const rows = [new Uint8Array(pool.hosts.length).fill(1), isOpen, ...allowed.map((row) => row.map((may, host) => may & isOpen[host]!))]
  return {
    itemCount: itemVm.length, binCount: pool.hosts.length, dimensions: 1, demand: Float64Array.from(itemVm, (vm) => pool.vms[vm]!.memoryMib), base: new Float64Array(pool.hosts.length), capacity: Float64Array.from(pool.hosts, memoryForVmsMib),
    rules, rows, rowOf: Int32Array.from(place, (host, item) => (failed.has(host) ? 2 + allowedRow[item]! : 0)), fixed: Int32Array.from(place, (host) => (failed.has(host) ? UNASSIGNED : host)),
  }
}

const combinationsOf = (count: number, size: number): number => Math.round(Array.from({ length: size }, (_, at) => (count - at) / (at + 1)).reduce((product, factor) => product * factor, 1))

/** All choices of so many, in the order of the list. */
function* subsets(list: readonly number[], size: number): Generator<readonly number[]> {
  if (size === 0) {
    yield []
    return
  }
  for (let at = 0; at + size <= list.length; at++) for (const rest of subsets(list.slice(at + 1), size - 1)) yield [list[at]!, ...rest]
}

/**
 * The same as a row of sums, necessary but not enough: memory on serving hosts within what they have without the largest
 * ones. For whoever places or empties hosts and must keep room; no part of `compileRules`, since no move mends it.
 */
export function headroomRule(pool: Pool, itemVm: Int32Array, failures: number, name: string): GroupRule {
  const serving = pool.hosts.flatMap((host, at) => (isServing(pool, at) ? [memoryForVmsMib(host)] : [])).sort((a, b) => b - a)
  const roomMib = serving.slice(failures).reduce((sum, mib) => sum + mib, 0)
  const members = Int32Array.from({ length: itemVm.length }, (_, item) => item)
  return {
    name, kind: 'perZoneMax', members, amount: Float64Array.from(itemVm, (vm) => pool.vms[vm]!.memoryMib), max: Float64Array.of(roomMib), weight: null,
    zoneOf: Int32Array.from(pool.hosts, (_, host) => (isServing(pool, host) ? 0 : UNASSIGNED)), zoneCount: 1,
  }
}

/** What the failure of one host would leave without a place. */
export interface HostExposure {
  readonly host: HostId
  /** VMs that would not restart when those that come first are restarted first; empty: all find places. */
  readonly homeless: readonly VmId[]
}

/** For every host that serves: which of its VMs would not restart if it failed alone, restarted by priority, then the largest first. */
export function exposureOf(pool: Pool): HostExposure[] {
  const standing = standingOf(pool)
  return standing.serving.map((host) => {
    const failed = new Set([host])
    const proven = homelessIn(pool, standing, failed)
    const homeless = proven !== 'unknown' && proven.length === 0 ? [] : leftByPriority(pool, standing, failed, standing.itemsOn[host]!)
    return { host: pool.hosts[host]!.id, homeless: homeless.map((item) => pool.vms[standing.itemVm[item]!]!.id) }
  }).sort((a, b) => pool.hosts.findIndex(({ id }) => id === a.host) - pool.hosts.findIndex(({ id }) => id === b.host))
}

/** Restart priority of VMs that state none. */
export const RESTART_PRIORITY = 1

function leftByPriority(pool: Pool, standing: Standing, failed: ReadonlySet<number>, lost: readonly number[]): number[] {
  const { ledger, place } = standing
  const vmOf = (item: number): Pool['vms'][number] => pool.vms[standing.itemVm[item]!]!
  for (const item of lost) count(ledger, item, place[item]!, -1)
  const taken = new Map<number, number>()
  const found: { readonly item: number; readonly host: number }[] = []
  const left: number[] = []
  const turn = (item: number): number => vmOf(item).restartPriority ?? RESTART_PRIORITY
  for (const item of [...lost].sort((a, b) => turn(a) - turn(b) || vmOf(b).memoryMib - vmOf(a).memoryMib || a - b)) {
    const host = fullestFor(standing, item, vmOf(item).memoryMib, failed, taken)
    if (host === null) left.push(item)
    else {
      taken.set(host, (taken.get(host) ?? 0) + vmOf(item).memoryMib)
      found.push({ item, host })
      count(ledger, item, host, 1)
    }
  }
  for (const { item, host } of found) count(ledger, item, host, -1)
  for (const item of lost) count(ledger, item, place[item]!, 1)
  return left
}
