import type { Plan, Step } from '../model/plan.ts'
import { MODE, NOWHERE } from '../model/pool.ts'
import type { Issue } from '../model/result.ts'
import { lackFor } from './checkNeeds.ts'
import { ruleFaultsAt } from './checkRules.ts'
import { checkTogether } from './checkTogether.ts'
import { powerFaults, wholeFaults } from './checkWhole.ts'
import { planHash } from './hash.ts'
import { type CheckOptions, type Ledger, ledgerOf } from './ledger.ts'

/**
 * Independent verification of a plan against a pool: first its steps one after another in their order, a migrating VM held
 * on both hosts; then, whichever steps run beside each other, the worst state that `after` allows. Lists every fault: an
 * empty list means that each intermediate state keeps memory, guaranteed CPU, rules, power and maintenance. A host that
 * holds too much at the beginning must not get more. It shares no code with `begin` or the ordering.
 */
export function checkPlan(pool: Ledger['pool'], plan: Pick<Plan, 'steps'>, options: CheckOptions): Issue[] {
  const issues: Issue[] = []
  const ledger = ledgerOf(pool, options)
  const before = ledger.place.slice()
  const positions = new Map(plan.steps.map(({ id }, position) => [id, position] as const))
  const seen = new Set<string>()
  plan.steps.forEach((step, position) => {
    const fault = (message: string): void => void issues.push({ path: `steps[${position}]`, message: `${step.id}: ${message}` })
    if (seen.has(step.id)) fault('its id is used twice')
    for (const before of step.after) if ((positions.get(before) ?? -1) >= position) fault(`comes before ${before}, which it waits for`)
    seen.add(step.id)
    walk(ledger, step, options, fault)
  })
  if (options.placementsEnforced === true) for (const message of wholeFaults(ledger.book, ledger, { before, after: ledger.place })) issues.push({ path: 'steps', message })
  // What can't even be done one after another says nothing new beside each other.
  return issues.length > 0 ? issues : checkTogether(ledgerOf(pool, options), plan.steps, options)
}

/** The same for a plan that was stored or sent: also that it is what its address says, and that its end breaks no rule of whole placements further. */
export function checkStoredPlan(pool: Ledger['pool'], plan: Plan, options: CheckOptions): Issue[] {
  const { hash, ...rest } = plan
  const found = planHash(rest)
  const issues = checkPlan(pool, plan, { ...options, placementsEnforced: true })
  return found === hash ? issues : [{ path: 'hash', message: `the plan's content has the address ${found}, not ${hash}: it was changed after it was made` }, ...issues]
}

type Fault = (message: string) => void

function walk(ledger: Ledger, step: Step, options: CheckOptions, fault: Fault): void {
  switch (step.kind) {
    case 'migrate':
    case 'startVm':
    case 'resumeVm':
      come(ledger, step, fault)
      return
    case 'shutdownVm':
    case 'suspendVm': {
      const vm = find(ledger.vmOf, step.vm, fault)
      const source = find(ledger.hostOf, step.source, fault)
      if (vm === NOWHERE || source === NOWHERE) return
      if (ledger.place[vm] !== source) fault(`${step.vm} is not on ${step.source}`)
      else leave(ledger, vm)
      ledger.runs[vm] = 0
      return
    }
    case 'powerOn': {
      const host = find(ledger.hostOf, step.host, fault)
      if (host === NOWHERE) return
      if (ledger.isOn[host] === 1) fault(`${step.host} is on already`)
      ledger.isOn[host] = 1
      for (const message of powerFaults(ledger.book, ledger, host, 'on')) fault(message)
      return
    }
    case 'powerOff':
      powerOff(ledger, step.host, options, fault)
      return
  }
}

function find(numbers: ReadonlyMap<string, number>, name: string, fault: Fault): number {
  const number = numbers.get(name)
  if (number === undefined) fault(`${name} is not in the pool`)
  return number ?? NOWHERE
}

/** A VM comes to a host: by migration it is on both until it has left the first. */
function come(ledger: Ledger, step: Extract<Step, { readonly target: unknown }>, fault: Fault): void {
  const vm = find(ledger.vmOf, step.vm, fault)
  const target = find(ledger.hostOf, step.target, fault)
  if (vm === NOWHERE || target === NOWHERE) return
  if (step.kind === 'migrate') {
    if (ledger.runs[vm] === 0) fault(`${step.vm} does not run`)
    if (!ledger.pool.vms[vm]!.movable) fault(`${step.vm} may not be migrated`)
    if (ledger.hostOf.get(step.source) !== ledger.place[vm]) fault(`${step.vm} is not on ${step.source}`)
    if (step.source === step.target) fault('source and target are the same host')
  } else if (ledger.runs[vm] === 1) fault(`${step.vm} runs already`)
  enter(ledger, vm, target, fault)
  if (ledger.place[vm] !== NOWHERE) leave(ledger, vm)
  ledger.place[vm] = target
  ledger.runs[vm] = 1
}

function enter(ledger: Ledger, vm: number, target: number, fault: Fault): void {
  const { pool, isOn, vmCount, rows } = ledger
  const name = pool.hosts[target]!.id
  if (isOn[target] === 0) fault(`${name} is not on`)
  if (pool.hostMode[target] !== MODE.available) fault(`${name} is in maintenance`)
  for (const { unit, demand, limit, held } of rows) {
    held[target]! += demand[vm]!
    if (demand[vm]! > 0 && held[target]! > limit[target]! + 1e-6) fault(`${name} would hold ${held[target]!} ${unit} of ${limit[target]!}`)
  }
  vmCount[target]!++
  const source = ledger.runs[vm] === 0 || ledger.place[vm] === NOWHERE ? null : pool.hosts[ledger.place[vm]!]!
  const lack = lackFor(pool.vms[vm]!, source, pool.hosts[target]!)
  if (lack !== null) fault(lack)
  for (const message of ruleFaultsAt(ledger.book, ledger, vm, target)) fault(message)
}

function leave({ place, vmCount, rows }: Ledger, vm: number): void {
  const source = place[vm]!
  vmCount[source]!--
  for (const { demand, held } of rows) held[source]! -= demand[vm]!
  place[vm] = NOWHERE
}

function powerOff(ledger: Ledger, name: string, { hostsOnMin }: CheckOptions, fault: Fault): void {
  const host = find(ledger.hostOf, name, fault)
  if (host === NOWHERE) return
  const { pool, isOn, vmCount } = ledger
  if (vmCount[host]! > 0) fault(`${name} still holds VMs`)
  if (pool.hostMode[host] !== MODE.available) fault(`${name} is in maintenance: automation leaves it alone`)
  if (isOn[host] === 0) fault(`${name} is not on`)
  isOn[host] = 0
  for (const message of powerFaults(ledger.book, ledger, host, 'off')) fault(message)
  let on = 0
  for (let other = 0; other < isOn.length; other++) if (isOn[other] === 1 && pool.hostMode[other] === MODE.available) on++
  if (on < Math.max(1, hostsOnMin)) fault(`fewer than ${hostsOnMin} hosts stay on`)
}
