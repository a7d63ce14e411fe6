import type { Plan, Step } from '../model/plan.ts'
import type { Issue } from '../model/result.ts'
import { HOST_MODES, NOWHERE, POWER_STATES, VM_STATES, type Pool } from '../model/pool.ts'

/** What the checker keeps of a pool: plain maps, sharing nothing with the planner's columns. */
interface Ledger {
  readonly place: Map<string, string | null>
  readonly state: Map<string, string>
  readonly power: Map<string, string>
  readonly mode: Map<string, string>
  readonly heldMib: Map<string, number>
}

/**
 * Independent verification of a plan against a pool: walks the steps in their order on plain maps, with a migrating VM
 * held on both hosts, and lists every fault. An empty list means that each intermediate state keeps memory, rules, power
 * and maintenance. It shares no code with `begin`.
 */
export function checkPlan(pool: Pool, plan: Pick<Plan, 'steps'>, options: { readonly memoryEnforced: boolean; readonly hostsOnMin: number }): Issue[] {
  const issues: Issue[] = []
  const ledger = ledgerOf(pool)
  const seen = new Set<string>()
  plan.steps.forEach((step, position) => {
    const fault = (message: string): void => void issues.push({ path: `steps[${position}]`, message: `${step.id}: ${message}` })
    if (seen.has(step.id)) fault('its id is used twice')
    for (const before of step.after) if (!seen.has(before) && plan.steps.some(({ id }) => id === before)) fault(`comes before ${before}, which it waits for`)
    seen.add(step.id)
    walk(pool, ledger, step, options, fault)
  })
  return issues
}

type Fault = (message: string) => void

function walk(pool: Pool, ledger: Ledger, step: Step, options: { readonly memoryEnforced: boolean; readonly hostsOnMin: number }, fault: Fault): void {
  switch (step.kind) {
    case 'migrate':
      if (ledger.state.get(step.vm) !== 'running') fault(`${step.vm} does not run`)
      if (ledger.place.get(step.vm) !== step.source) fault(`${step.vm} is not on ${step.source}`)
      if (step.source === step.target) fault('source and target are the same host')
      arrive(pool, ledger, step.vm, step.target, options.memoryEnforced, fault)
      leave(pool, ledger, step.vm, step.source)
      ledger.place.set(step.vm, step.target)
      return
    case 'startVm':
    case 'resumeVm':
      if (ledger.state.get(step.vm) === 'running') fault(`${step.vm} runs already`)
      arrive(pool, ledger, step.vm, step.target, options.memoryEnforced, fault)
      ledger.place.set(step.vm, step.target)
      ledger.state.set(step.vm, 'running')
      return
    case 'shutdownVm':
    case 'suspendVm':
      if (ledger.place.get(step.vm) !== step.source) fault(`${step.vm} is not on ${step.source}`)
      leave(pool, ledger, step.vm, step.source)
      ledger.place.set(step.vm, null)
      ledger.state.set(step.vm, 'stopped')
      return
    case 'powerOn':
      if (ledger.power.get(step.host) === 'on') fault(`${step.host} is on already`)
      ledger.power.set(step.host, 'on')
      return
    case 'powerOff':
      if ([...ledger.place].some(([, host]) => host === step.host)) fault(`${step.host} still holds VMs`)
      if (ledger.mode.get(step.host) !== 'available') fault(`${step.host} is in maintenance: automation leaves it alone`)
      ledger.power.set(step.host, 'off')
      if ([...ledger.power].filter(([host, power]) => power === 'on' && ledger.mode.get(host) === 'available').length < Math.max(1, options.hostsOnMin)) fault(`fewer than ${options.hostsOnMin} hosts stay on`)
      return
  }
}

function arrive(pool: Pool, ledger: Ledger, vm: string, target: string, memoryEnforced: boolean, fault: Fault): void {
  const host = pool.hosts.find(({ id }) => id === target)
  const size = memoryOf(pool, vm)
  if (!host) {
    fault(`${target} is not in the pool`)
    return
  }
  if (ledger.power.get(target) !== 'on') fault(`${target} is not on`)
  if (ledger.mode.get(target) !== 'available') fault(`${target} is in maintenance`)
  const held = (ledger.heldMib.get(target) ?? 0) + size
  if (memoryEnforced && held > host.capacity.memoryMib - host.reserve.memoryMib + 1e-6) fault(`${target} would hold ${held} MiB of ${host.capacity.memoryMib - host.reserve.memoryMib}`)
  ledger.heldMib.set(target, held)
  for (const rule of pool.rules) {
    if (!rule.vms.some((member) => member === vm)) continue
    if (rule.kind === 'runOn' && !rule.hosts.some((id) => id === target)) fault(`rule ${rule.id} keeps ${vm} off ${target}`)
    if (rule.kind === 'keepOff' && rule.hosts.some((id) => id === target)) fault(`rule ${rule.id} keeps ${vm} off ${target}`)
    if (rule.kind === 'apart' && rule.vms.some((other) => other !== vm && ledger.place.get(other) === target)) fault(`rule ${rule.id} keeps ${vm} apart from a VM on ${target}`)
  }
}

function leave(pool: Pool, ledger: Ledger, vm: string, source: string): void {
  ledger.heldMib.set(source, (ledger.heldMib.get(source) ?? 0) - memoryOf(pool, vm))
}

const memoryOf = (pool: Pool, vm: string): number => pool.vms.find((candidate, slot) => candidate.id === vm && VM_STATES[pool.vmState[slot]!] !== 'gone')?.memoryMib ?? 0

/** The pool as it will be when what runs now has ended. */
function ledgerOf(pool: Pool): Ledger {
  const ledger: Ledger = { place: new Map(), state: new Map(), power: new Map(), mode: new Map(), heldMib: new Map() }
  pool.hosts.forEach(({ id }, host) => {
    ledger.power.set(id, POWER_STATES[pool.hostPower[host]!]!)
    ledger.mode.set(id, HOST_MODES[pool.hostMode[host]!]!)
    ledger.heldMib.set(id, 0)
  })
  pool.vms.forEach((vm, slot) => {
    const state = VM_STATES[pool.vmState[slot]!]!
    if (state === 'gone') return
    const host = pool.vmTarget[slot] !== NOWHERE ? pool.vmTarget[slot]! : pool.vmHost[slot]!
    const name = host === NOWHERE ? null : pool.hosts[host]!.id
    ledger.place.set(vm.id, name)
    ledger.state.set(vm.id, state === 'migrating' || state === 'starting' ? 'running' : state)
    if (name !== null) ledger.heldMib.set(name, (ledger.heldMib.get(name) ?? 0) + vm.memoryMib)
  })
  return ledger
}
