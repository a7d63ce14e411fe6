import type { Plan, Step } from '../../src/model/plan.ts'
import type { Host, Pool, Vm } from '../../src/model/pool.ts'
import type { Rule } from '../../src/model/rules.ts'
import type { Rng } from '../../src/model/random.ts'
import { cannotHold, ruleBreaks, stepForbidden, survives } from './ruleOracle.ts'

/** What the oracle knows of a host and of a VM: plain values, read off the pool's columns once. */
export interface HostFacts {
  readonly id: string
  readonly sizeMib: number
  power: 'on' | 'off' | 'poweringOn' | 'poweringOff' | 'failed'
  readonly mode: 'available' | 'entering' | 'maintenance'
  readonly reachable: boolean
  readonly powerManaged: boolean
  /** Racks, sites and the like by name, limits and equipment as stated. */
  readonly stated: Host
}

export interface VmFacts {
  readonly id: string
  readonly memoryMib: number
  readonly movable: boolean
  state: 'pending' | 'starting' | 'running' | 'migrating' | 'stopping' | 'stopped' | 'suspended'
  /** Where it holds memory: one host, or both ends of a migration; the first is where it comes from. */
  hosts: string[]
  readonly stated: Vm
}

export interface World {
  readonly hosts: Map<string, HostFacts>
  readonly vms: Map<string, VmFacts>
}

const POWER = ['on', 'off', 'poweringOn', 'poweringOff', 'failed'] as const
const MODE = ['available', 'entering', 'maintenance'] as const
const STATE = ['gone', 'pending', 'starting', 'running', 'migrating', 'stopping', 'stopped', 'suspended'] as const

/** The pool once everything that was under way has ended well, which is what a plan is made for. */
export function worldOf(pool: Pool): World {
  const hosts = new Map<string, HostFacts>()
  pool.hosts.forEach((host, at) => hosts.set(host.id, {
    id: host.id, sizeMib: (host.capacity.memoryMib - host.reserve.memoryMib) * (host.traits?.memoryOvercommit ?? 1), power: POWER[pool.hostPower[at]!]!, mode: MODE[pool.hostMode[at]!]!, reachable: pool.hostReachable[at] === 1, powerManaged: host.powerManaged, stated: host,
  }))
  const vms = new Map<string, VmFacts>()
  pool.vms.forEach((vm, slot) => {
    const state = STATE[pool.vmState[slot]!]!
    if (state === 'gone') return
    const at = pool.vmTarget[slot]! >= 0 ? pool.vmTarget[slot]! : pool.vmHost[slot]!
    vms.set(vm.id, { id: vm.id, memoryMib: vm.memoryMib, movable: vm.movable, state: state === 'migrating' ? 'running' : state, hosts: at < 0 ? [] : [pool.hosts[at]!.id], stated: vm })
  })
  return { hosts, vms }
}

const copyOf = ({ hosts, vms }: World): World => ({
  hosts: new Map([...hosts].map(([id, host]) => [id, { ...host }])), vms: new Map([...vms].map(([id, vm]) => [id, { ...vm, hosts: [...vm.hosts] }])),
})

export interface OracleOptions {
  /** Hard ones only. */
  readonly rules: readonly Rule[]
  readonly hostsOnMin: number
}

const heldMib = ({ vms }: World, host: string): number => [...vms.values()].filter(({ hosts }) => hosts.includes(host)).reduce((sum, { memoryMib }) => sum + memoryMib, 0)

/**
 * Walks a plan in many of the ways its `after` edges allow, steps beside each other, and lists what goes wrong in any state between:
 * all ways where there are few steps, drawn ones else. Shares nothing with planner, transition rule or checker.
 */
export function planFaults(pool: Pool, steps: readonly Step[], options: OracleOptions, rng: Rng): string[] {
  const faults = new Set<string>(graphFaults(steps))
  if (faults.size > 0) return [...faults]
  const world = worldOf(pool)
  if (steps.length <= 6) walkAll(world, steps, options, faults)
  else for (let walk = 0; walk < WALKS; walk++) walkOnce(world, steps, options, faults, rng, [0, 0.15, 0.5, 0.9][walk % 4]!)
  return [...faults]
}

const WALKS = 12

function graphFaults(steps: readonly Step[]): string[] {
  const seen = new Set<string>()
  return steps.flatMap(({ id, after }) => {
    const faults = seen.has(id) ? [`${id} is there twice`] : after.filter((before) => steps.some((step) => step.id === before) && !seen.has(before)).map((before) => `${id} waits for ${before}, which is later in the list`)
    seen.add(id)
    return faults
  })
}

type Progress = 'waiting' | 'running' | 'ended'

const mayStart = (steps: readonly Step[], progress: readonly Progress[], at: number): boolean =>
  progress[at] === 'waiting' && steps[at]!.after.every((before) => steps.every(({ id }, other) => id !== before || progress[other] === 'ended'))

/** Every reachable state: each step waits, runs or has ended. */
function walkAll(world: World, steps: readonly Step[], options: OracleOptions, faults: Set<string>): void {
  const seen = new Set<string>()
  const visit = (here: World, progress: readonly Progress[]): void => {
    const key = progress.join()
    if (seen.has(key) || faults.size > 0) return
    seen.add(key)
    steps.forEach((step, at) => {
      if (progress[at] !== 'running' && !mayStart(steps, progress, at)) return
      const next = copyOf(here)
      if (progress[at] === 'running') end(next, step)
      else begin(next, steps, progress, at, options, faults)
      visit(next, progress.map((was, other) => (other !== at ? was : was === 'running' ? 'ended' : 'running')))
    })
  }
  visit(copyOf(world), steps.map(() => 'waiting'))
}

/** One way through, that ends a running step with the given chance before it starts another: low chances crowd the pool. */
function walkOnce(world: World, steps: readonly Step[], options: OracleOptions, faults: Set<string>, rng: Rng, endChance: number): void {
  const here = copyOf(world)
  const progress: Progress[] = steps.map(() => 'waiting')
  for (;;) {
    const startable = steps.map((_, at) => at).filter((at) => mayStart(steps, progress, at))
    const running = steps.map((_, at) => at).filter((at) => progress[at] === 'running')
    if (startable.length === 0 && running.length === 0) return
    const ends = startable.length === 0 || (running.length > 0 && rng.next() < endChance)
    const at = ends ? running[rng.below(running.length)]! : startable[rng.below(startable.length)]!
    if (ends) end(here, steps[at]!)
    else begin(here, steps, progress, at, options, faults)
    progress[at] = ends ? 'ended' : 'running'
  }
}

/** A step begins: rules on the order of steps look at the others, all else at the pool. */
function begin(world: World, steps: readonly Step[], progress: readonly Progress[], at: number, options: OracleOptions, faults: Set<string>): void {
  const step = steps[at]!
  for (const rule of options.rules) {
    if (rule.kind !== 'order' || rule.weight !== undefined || !('vm' in step) || !rule.others.some((id) => id === step.vm)) continue
    const early = steps.filter((other, position) => 'vm' in other && rule.vms.some((id) => id === other.vm) && progress[position] !== 'ended')
    if (early.length > 0) faults.add(`${step.id} ${step.vm}: begins before ${early.map(({ id }) => id).join()}, though rule ${rule.id} orders them`)
  }
  start(world, step, options, faults)
}

/** Enters what a step holds from its beginning, and notes what it may not. */
function start(world: World, step: Step, options: OracleOptions, faults: Set<string>): void {
  const fault = (text: string): void => void faults.add(`${step.id} ${step.kind} ${'vm' in step ? step.vm : step.host}: ${text}`)
  switch (step.kind) {
    case 'migrate':
    case 'startVm':
    case 'resumeVm': {
      const vm = world.vms.get(step.vm)
      if (!vm) { fault('no such VM'); return }
      if (step.kind === 'migrate') {
        if (vm.state !== 'running' || vm.hosts.length !== 1 || vm.hosts[0] !== step.source) fault(`is ${vm.state} on ${vm.hosts.join()}, not running on ${step.source}`)
        if (!vm.movable) fault('may not be moved')
        if (step.source === step.target) fault('goes where it is')
      } else if (step.kind === 'resumeVm' ? vm.state !== 'suspended' : vm.state !== 'pending' && vm.state !== 'stopped') fault(`is ${vm.state}`)
      arrive(world, vm, step.target, options, fault)
      vm.state = step.kind === 'migrate' ? 'migrating' : 'starting'
      return
    }
    case 'shutdownVm':
    case 'suspendVm': {
      const vm = world.vms.get(step.vm)
      if (vm?.state !== 'running' || vm.hosts[0] !== step.source) fault(`does not run on ${step.source}`)
      if (vm) vm.state = 'stopping'
      return
    }
    case 'powerOn':
    case 'powerOff':
      power(world, step, options, fault)
  }
}

function arrive(world: World, vm: VmFacts, target: string, { rules }: OracleOptions, fault: (text: string) => void): void {
  const host = world.hosts.get(target)
  if (!host) { fault(`no such host ${target}`); return }
  if (host.power !== 'on' || host.mode !== 'available' || !host.reachable) fault(`${target} is ${host.power}, ${host.mode}, ${host.reachable ? 'answers' : 'does not answer'}`)
  const held = heldMib(world, target)
  if (held + vm.memoryMib > host.sizeMib) fault(`${target} would hold ${held + vm.memoryMib} of ${host.sizeMib} MiB`)
  const misfit = cannotHold(world, vm, host)
  if (misfit !== null) fault(misfit)
  for (const rule of rules) if (stepForbidden(rule, vm, target)) fault(`rule ${rule.id} (${rule.kind}) forbids it`)
  const before = rules.map((rule) => ruleBreaks(world, rule, false))
  vm.hosts = [...vm.hosts, target]
  rules.forEach((rule, at) => {
    const now = ruleBreaks(world, rule, false)
    if (now > before[at]!) fault(`rule ${rule.id} (${rule.kind}) is broken ${now} times, ${before[at]!} before`)
  })
}

function power(world: World, step: Step & { readonly kind: 'powerOn' | 'powerOff' }, { rules, hostsOnMin }: OracleOptions, fault: (text: string) => void): void {
  const { hosts, vms } = world
  const host = hosts.get(step.host)
  if (!host) { fault('no such host'); return }
  if (step.kind === 'powerOn') {
    if (host.power !== 'off' && host.power !== 'failed') fault(`is ${host.power}`)
    if (!host.reachable) fault('does not answer: nobody knows how it is')
    host.power = 'poweringOn'
    for (const rule of rules) if (ruleBreaks(world, rule, false) > 0 && rule.kind === 'hostsOnMax' && rule.hosts.some((id) => id === step.host)) fault(`rule ${rule.id} allows ${rule.max} of its hosts to be on`)
    return
  }
  const survived = rules.map((rule) => rule.kind !== 'failover' || survives(world, rule.failures))
  if (host.power !== 'on') fault(`is ${host.power}`)
  if (!host.powerManaged) fault('is not under power management')
  if (host.mode !== 'available') fault(`is ${host.mode}`)
  const holders = [...vms.values()].filter((vm) => vm.hosts.includes(step.host))
  if (holders.length > 0) fault(`holds ${holders.map(({ id }) => id).join(', ')}`)
  if ([...hosts.values()].some(({ reachable }) => !reachable)) fault('goes off while a host does not answer')
  host.power = 'poweringOff'
  rules.forEach((rule, at) => {
    if (rule.kind === 'failover' && rule.weight === undefined && survived[at]! && !survives(world, rule.failures)) fault(`rule ${rule.id}: ${rule.failures} failures are no longer survived`)
  })
  const serving = [...hosts.values()].filter((other) => other.power === 'on' && other.mode === 'available' && other.reachable).length
  if (serving < Math.max(1, hostsOnMin)) fault(`${serving} hosts stay on, ${Math.max(1, hostsOnMin)} must`)
}

/** The effect of a step that ended well. */
function end(world: World, step: Step): void {
  switch (step.kind) {
    case 'migrate':
    case 'startVm':
    case 'resumeVm': {
      const vm = world.vms.get(step.vm)
      if (!vm) return
      vm.hosts = [step.target]
      vm.state = 'running'
      return
    }
    case 'shutdownVm':
    case 'suspendVm': {
      const vm = world.vms.get(step.vm)
      if (!vm) return
      vm.hosts = []
      vm.state = step.kind === 'shutdownVm' ? 'stopped' : 'suspended'
      return
    }
    case 'powerOn':
      world.hosts.get(step.host)!.power = 'on'
      return
    case 'powerOff':
      world.hosts.get(step.host)!.power = 'off'
  }
}

/** The pool after all steps, one after another. */
export function worldAfter(pool: Pool, steps: readonly Step[]): World {
  const world = copyOf(worldOf(pool))
  for (const step of steps) end(world, step)
  return world
}

/**
 * What the placement at the end does worse than the one at the beginning: hard rules broken more often, groups torn apart,
 * VMs lost. Not counted: rules on a VM that maintenance stops, which is an operator's request; and `failover`, which binds power-offs.
 */
export function worsenings(pool: Pool, plan: Pick<Plan, 'steps'>, rules: readonly Rule[]): string[] {
  const before = worldOf(pool)
  const after = worldAfter(pool, plan.steps)
  const stopped = new Set<string>(plan.steps.flatMap((step) => (step.kind === 'shutdownVm' || step.kind === 'suspendVm' ? [step.vm] : [])))
  const faults = rules.filter(({ weight, kind }) => weight === undefined && kind !== 'failover').flatMap((rule) => {
    const named = [...rule.vms, ...('others' in rule ? rule.others : [])]
    const [was, is] = [ruleBreaks(before, rule, true), ruleBreaks(after, rule, true)]
    return is > was && !named.some((id) => stopped.has(id)) ? [`rule ${rule.id} (${JSON.stringify(rule)}) is broken ${is} times at the end, ${was} at the beginning`] : []
  })
  for (const [id, vm] of before.vms) {
    if (vm.hosts.length > 0 && after.vms.get(id)!.hosts.length === 0 && !stopped.has(id)) faults.push(`${id} has lost its place`)
  }
  return faults
}
