import { type GroupRule, type Problem, type RouteCost, type Term, problemOf } from '../src/optimize/problem.ts'
import type { RoadefModel } from './roadefText.ts'

/**
 * The challenge's problem as an assignment problem. A transient resource becomes two dimensions: one in which its load
 * is priced, without what has left, and a transient one that holds the capacity. Its formulas stand in the challenge's
 * problem statement (ROADEF/EURO 2012, Google).
 */
export function roadefProblem(model: RoadefModel, initial: Int32Array): Problem {
  const { resources, machines, processes, isTransient } = model
  const resourceOf = [...Array.from({ length: resources }, (_, r) => r), ...Array.from({ length: resources }, (_, r) => r).filter((r) => isTransient[r] === 1)]
  const columns = (rows: Float64Array, count: number): Float64Array => {
    const wide = new Float64Array(count * resourceOf.length)
    for (let row = 0; row < count; row++) resourceOf.forEach((r, d) => (wide[row * resourceOf.length + d] = rows[row * resources + r]!))
    return wide
  }
  return problemOf({
    itemCount: processes, binCount: machines, dimensions: resourceOf.length, demand: columns(model.requirement, processes), capacity: columns(model.capacity, machines), initial,
    transient: Uint8Array.from(resourceOf, (_, d) => (d < resources ? 0 : 1)), rules: rulesOf(model), terms: termsOf(model),
    moveCost: model.processMoveCost.map((cost) => cost * model.processMoveWeight), routeCost: routeCostOf(model),
  })
}

/** max(0, sum of requirements - sum of safety capacities) by resource and the balances of all machines taken as one, times their weights: the challenge's lower bound. */
export function roadefLowerBound({ resources, requirement, capacity, safety, loadWeight, balances }: RoadefModel): number {
  const sums = (rows: Float64Array): Float64Array => {
    const sum = new Float64Array(resources)
    for (let at = 0; at < rows.length; at++) sum[at % resources]! += rows[at]!
    return sum
  }
  const [held, room, safe] = [sums(requirement), sums(capacity), sums(safety)]
  let bound = 0
  for (let r = 0; r < resources; r++) bound += loadWeight[r]! * Math.max(0, held[r]! - safe[r]!)
  for (const { resource1, resource2, target, weight } of balances) bound += weight * Math.max(0, target * (room[resource1]! - held[resource1]!) - (room[resource2]! - held[resource2]!))
  return bound
}

function termsOf({ resources, machines, loadWeight, safety, balances, serviceMoveWeight, serviceOf, services }: RoadefModel): Term[] {
  const scale = new Float64Array(machines).fill(1)
  const limitOf = (r: number): Float64Array => Float64Array.from({ length: machines }, (_, machine) => safety[machine * resources + r]!)
  return [
    ...Array.from({ length: resources }, (_, r): Term => ({ name: 'load', weight: loadWeight[r]!, kind: 'excess', dimension: r, limit: limitOf(r), scale })),
    ...balances.map(({ resource1, resource2, target, weight }): Term => ({ name: 'balance', weight, kind: 'imbalance', free: resource1, wanted: resource2, target })),
    { name: 'services', weight: serviceMoveWeight, kind: 'groupMovesMax', groupOf: serviceOf, groupCount: services },
  ]
}

/** Conflict, spread and dependency; rules that can't be broken are left out. */
function rulesOf({ machines, services, serviceOf, spreadMin, needs, location, neighbourhood }: RoadefModel): GroupRule[] {
  const members = membersOf(serviceOf, services)
  const self = Int32Array.from({ length: machines }, (_, machine) => machine)
  const one = new Float64Array(machines).fill(1)
  const locations = 1 + location.reduce((most, zone) => Math.max(most, zone), -1)
  const neighbourhoods = 1 + neighbourhood.reduce((most, zone) => Math.max(most, zone), -1)
  const rules: GroupRule[] = []
  for (let service = 0; service < services; service++) {
    const own = members[service]!
    if (own.length > 1) rules.push({ name: `conflict of service ${service}`, kind: 'perZoneMax', members: own, zoneOf: self, zoneCount: machines, weight: null, max: one, amount: null })
    // One process is always in one location; more locations than processes can't be: zonesMin asks for no more than there are members.
    if (spreadMin[service]! > 1) rules.push({ name: `spread of service ${service}`, kind: 'zonesMin', members: own, zoneOf: location, zoneCount: locations, weight: null, min: spreadMin[service]! })
    for (const other of new Set(needs[service])) {
      if (other !== service && own.length > 0) rules.push({ name: `service ${service} needs ${other}`, kind: 'needs', members: own, others: members[other]!, zoneOf: neighbourhood, zoneCount: neighbourhoods, weight: null })
    }
  }
  return rules
}

function membersOf(serviceOf: Int32Array, services: number): Int32Array[] {
  const lists: number[][] = Array.from({ length: services }, () => [])
  serviceOf.forEach((service, process) => lists[service]!.push(process))
  return lists.map((list) => Int32Array.from(list))
}

/** Costs of moves by class: machines with equal rows and columns are one. Costs that are all 0 are none. */
function routeCostOf({ machines, machineMoveCost, machineMoveWeight }: RoadefModel): RouteCost | null {
  if (machineMoveWeight === 0 || machineMoveCost.every((cost) => cost === 0)) return null
  const byRow = classesOf(machines, (one, other) => machineMoveCost[one * machines + other]!)
  const byColumn = classesOf(machines, (one, other) => machineMoveCost[other * machines + one]!)
  const known = new Map<number, number>()
  const firsts: number[] = []
  const classOf = Int32Array.from({ length: machines }, (_, machine) => {
    const pair = byRow[machine]! * machines + byColumn[machine]!
    if (!known.has(pair)) {
      known.set(pair, firsts.length)
      firsts.push(machine)
    }
    return known.get(pair)!
  })
  const cost = new Float64Array(firsts.length ** 2)
  firsts.forEach((one, row) => firsts.forEach((other, column) => (cost[row * firsts.length + column] = machineMoveCost[one * machines + other]! * machineMoveWeight)))
  return { classOf, classCount: firsts.length, cost }
}

/** Numbers machines by the content of their rows; rows are compared, not only their hashes. */
function classesOf(machines: number, costOf: (one: number, other: number) => number): Int32Array {
  const firstByHash = new Map<number, number[]>()
  const classes = new Int32Array(machines)
  const same = (one: number, other: number): boolean => {
    for (let at = 0; at < machines; at++) if (costOf(one, at) !== costOf(other, at)) return false
    return true
  }
  for (let machine = 0; machine < machines; machine++) {
    let hash = 17
    for (let at = 0; at < machines; at++) hash = (Math.imul(hash, 31) + costOf(machine, at)) | 0
    const firsts = firstByHash.get(hash) ?? []
    firstByHash.set(hash, firsts)
    const found = firsts.find((first) => same(first, machine))
    if (found === undefined) firsts.push(machine)
    classes[machine] = found ?? machine
  }
  return classes
}
