import type { PolicySettings, Window } from '../../src/model/policy.ts'
import type { Run, RunEvent } from '../../src/model/run.ts'
import type { ScenarioEvent, ScenarioRun, WorkloadVm } from '../../src/model/scenario.ts'

/**
 * Follows a pool from the events of its run and the scenario alone, on plain maps, and lists every fault. It imports
 * types only: nothing of what it checks has a part in it.
 */
export function faultsOf(run: ScenarioRun, made: Run): string[] {
  const ledger = makeLedger(run)
  const { events } = made
  let position = 0
  let row = 0
  const compareRows = (untilMs: number, seen: readonly Snapshot[]): void => {
    for (; row < made.header.rowCount && row * run.rowMs <= untilMs; row++) compareRow(ledger, made, row, seen)
  }
  while (position < events.length) {
    const { atMs } = events[position]!
    if (atMs < ledger.atMs) ledger.faults.push(`events go back in time, from ${ledger.atMs} to ${atMs}`)
    const seen = [snapshot(ledger)]
    compareRows(atMs - 1, seen)
    ledger.atMs = atMs
    for (; position < events.length && events[position]!.atMs === atMs; position++) {
      apply(ledger, events[position]!)
      checkInstant(ledger)
      if (row * run.rowMs === atMs) seen.push(snapshot(ledger))
    }
    compareRows(atMs, seen)
  }
  compareRows(run.durationMs, [snapshot(ledger)])
  ledger.atMs = run.durationMs
  checkEnd(ledger, made)
  return ledger.faults.slice(0, 20)
}

type Place = { state: 'absent' | 'waiting' | 'starting' | 'running' | 'migrating' | 'stopping' | 'stopped' | 'suspended' | 'lost' | 'departed'; host: string | null; target: string | null }

interface HostBook {
  power: 'on' | 'off' | 'poweringOn' | 'poweringOff' | 'failed'
  mode: 'available' | 'entering' | 'maintenance'
  readonly sizeMib: number
  upSinceMs: number
  failedAtMs: number
  removed: boolean
  /** Done power-offs of the automation. */
  cycles: number[]
  /** A VM grew beyond the host: until it fits again only additions are faults. */
  grown: boolean
  method: string | null
  modeSinceMs: number
}

interface Ledger {
  readonly run: ScenarioRun
  readonly faults: string[]
  atMs: number
  policy: PolicySettings
  /** Since when it holds. */
  policySinceMs: number
  readonly vms: Map<string, Place & { memoryMib: number; movedAtMs: number; sinceMs: number; entry: WorkloadVm }>
  readonly hosts: Map<string, HostBook>
  readonly steps: Map<string, RunEvent & { kind: 'start' }>
  readonly optionalStarts: number[]
  readonly used: Set<string>
  /** VM -> the host that maintenance took it from. */
  readonly away: Map<string, { home: string; how: 'evacuated' | 'stopped' | 'suspended' }>
  /** Host -> since when it is back from maintenance. */
  readonly back: Map<string, number>
  readonly notes: (RunEvent & { kind: 'note' })[]
  readonly unmetTexts: { atMs: number; text: string }[]
  lastUnmet: string
  readonly mentioned: Map<string, number>
  readonly requests: Map<string, number>
  readonly torn: Map<string, { readonly sinceMs: number; told: boolean }>
  readonly failed: { readonly atMs: number; readonly step: RunEvent & { kind: 'start' } }[]
  counts: { migrations: number; failed: number; on: number; off: number; lost: number }
}

function makeLedger(run: ScenarioRun): Ledger {
  const hosts = new Map<string, HostBook>()
  for (const { host, power } of run.hosts) hosts.set(host.id, bookOf(host.capacity.memoryMib - host.reserve.memoryMib, power))
  const ledger: Ledger = {
    run, faults: [], atMs: 0, policy: run.policy, policySinceMs: 0, vms: new Map(), hosts, steps: new Map(), optionalStarts: [], used: new Set(), away: new Map(), back: new Map(), notes: [], unmetTexts: [], lastUnmet: 'allMet', mentioned: new Map(), requests: new Map(), torn: new Map(), failed: [],
    counts: { migrations: 0, failed: 0, on: 0, off: 0, lost: 0 },
  }
  for (const entry of run.workload.vms) {
    const here = entry.arriveMs <= 0 && entry.host !== null
    ledger.vms.set(entry.vm.id, { state: here ? 'running' : 'absent', host: here ? entry.host : null, target: null, memoryMib: entry.vm.memoryMib, movedAtMs: -Infinity, sinceMs: 0, entry })
  }
  return ledger
}

const bookOf = (sizeMib: number, power: HostBook['power']): HostBook => ({ power, mode: 'available', sizeMib, upSinceMs: -Infinity, failedAtMs: -Infinity, removed: false, cycles: [], grown: false, method: null, modeSinceMs: 0 })

const OPTIONAL = new Set(['relieve', 'empty', 'spread'])

function apply(ledger: Ledger, event: RunEvent): void {
  switch (event.kind) {
    case 'start':
      begin(ledger, event)
      return
    case 'end':
      end(ledger, event)
      return
    case 'vm':
      vmChange(ledger, event)
      return
    case 'host':
      hostChange(ledger, event)
      return
    case 'request':
      requested(ledger, event)
      return
    case 'note':
      noted(ledger, event)
      return
    case 'plan':
      for (const why of event.unmet) mention(ledger, why.text)
      return
  }
}

const fault = (ledger: Ledger, text: string): void => void ledger.faults.push(`${ledger.atMs}: ${text}`)

function begin(ledger: Ledger, event: RunEvent & { kind: 'start' }): void {
  if (ledger.used.has(event.step)) fault(ledger, `step ${event.step} is started twice`)
  ledger.used.add(event.step)
  ledger.steps.set(event.step, event)
  const { action } = event
  if (action === 'powerOn' || action === 'powerOff') { beginPower(ledger, event); return; }
  const vm = ledger.vms.get(event.vm!)
  if (!vm) { fault(ledger, `${event.vm} is unknown`); return; }
  switch (action) {
    case 'migrate':
      if (vm.state !== 'running') fault(ledger, `${event.vm} is migrated while ${vm.state}`)
      if (vm.host !== event.source) fault(ledger, `${event.vm} is on ${vm.host}, not on the migration's source ${event.source}`)
      if (event.source === event.target) fault(ledger, `${event.vm} is migrated to where it is`)
      if (!vm.entry.vm.movable) fault(ledger, `${event.vm} is not movable`)
      checkTarget(ledger, event.vm!, event.target!, event.reason.code)
      checkConcurrency(ledger, event)
      if (OPTIONAL.has(event.reason.code)) checkOptional(ledger, event)
      vm.state = 'migrating'
      vm.target = event.target!
      return
    case 'startVm':
    case 'resumeVm':
      if (action === 'resumeVm' ? vm.state !== 'suspended' : !['waiting', 'stopped', 'lost'].includes(vm.state)) fault(ledger, `${event.vm} is started while ${vm.state}`)
      checkTarget(ledger, event.vm!, event.target!, event.reason.code)
      vm.state = 'starting'
      vm.host = event.target!
      return
    case 'shutdownVm':
    case 'suspendVm': {
      if (vm.state !== 'running' || vm.host !== event.source) fault(ledger, `${event.vm} is stopped on ${event.source} while ${vm.state} on ${vm.host}`)
      const host = ledger.hosts.get(event.source!)!
      const method = vm.entry.vm.onMaintenance ?? host.method ?? ledger.policy.maintenance.method
      if (host.mode !== 'entering') fault(ledger, `${event.vm} is stopped although ${event.source} is ${host.mode}`)
      if (method !== (action === 'shutdownVm' ? 'shutdown' : 'suspend')) fault(ledger, `${event.vm} is stopped by ${action}, but its way out is to ${method}`)
      vm.state = 'stopping'
      return
    }
  }
}

function beginPower(ledger: Ledger, event: RunEvent & { kind: 'start' }): void {
  const host = ledger.hosts.get(event.host!)
  if (!host) { fault(ledger, `${event.host} is unknown`); return; }
  const own = event.reason.code !== 'operator'
  const { powerSave } = ledger.policy
  if (host.removed) fault(ledger, `${event.host} was removed and is switched`)
  if (event.action === 'powerOn') {
    if (host.power !== 'off' && host.power !== 'failed') fault(ledger, `${event.host} is woken while ${host.power}`)
    if (ledger.atMs < host.failedAtMs + ledger.run.physics.restartDelayMs) fault(ledger, `${event.host} is woken before it is known to be dead`)
    if (own && host.mode !== 'available') fault(ledger, `${event.host} is woken in ${host.mode}`)
    if (count(ledger.hosts, ({ power }) => power === 'poweringOn') > sized(ledger).bootsAtOnceMax) fault(ledger, `more than ${sized(ledger).bootsAtOnceMax} hosts boot at once`)
    host.power = 'poweringOn'
    if (count(ledger.hosts, ({ power }) => power === 'poweringOn') > sized(ledger).bootsAtOnceMax) fault(ledger, `more than ${sized(ledger).bootsAtOnceMax} hosts boot at once`)
    return
  }
  if (host.power !== 'on') fault(ledger, `${event.host} is powered off while ${host.power}`)
  if (host.mode !== 'available') fault(ledger, `${event.host} is powered off in ${host.mode}`)
  const holders = [...ledger.vms].filter(([, vm]) => vm.host === event.host || vm.target === event.host).map(([name]) => name)
  if (holders.length > 0) fault(ledger, `${event.host} is powered off with ${holders.join(', ')} on it`)
  if (!managed(ledger, event.host!)) fault(ledger, `${event.host} is powered off though it is not under power management`)
  for (const [name, other] of ledger.hosts) if (other.power === 'failed' && !other.removed && ledger.atMs < other.failedAtMs + ledger.run.physics.restartDelayMs) fault(ledger, `${event.host} is powered off while nobody knows how ${name} is`)
  host.power = 'poweringOff'
  const onMin = Math.max(1, powerSave.enabled ? powerSave.hostsOnMin : 1)
  const on = count(ledger.hosts, (other) => other.power === 'on' && other.mode === 'available')
  if (on < onMin) fault(ledger, `${event.host} is powered off and only ${on} hosts serve, ${onMin} must`)
  if (!own) return
  if (!powerSave.enabled || !inAny(powerSave.windows, unix(ledger), true)) fault(ledger, `${event.host} is powered off outside the windows of power save`)
  if (inAny(ledger.policy.budgets.blackouts, unix(ledger), false)) fault(ledger, `${event.host} is powered off in a blackout`)
  if (ledger.atMs - host.upSinceMs < powerSave.hostOnMinMs) fault(ledger, `${event.host} is powered off ${ledger.atMs - host.upSinceMs} ms after it came up`)
  if (host.cycles.filter((offMs) => ledger.atMs - offMs < 86_400_000).length >= powerSave.powerCyclesPerHostDayMax) fault(ledger, `${event.host} is powered off more than ${powerSave.powerCyclesPerHostDayMax} times a day`)
}

const managed = ({ run }: Ledger, name: string): boolean =>
  [...run.hosts, ...run.events.flatMap((event) => (event.kind === 'hostAdd' ? [event.host] : []))].some(({ host }) => host.id === name && host.powerManaged)

function checkTarget(ledger: Ledger, name: string, target: string, code: string): void {
  const host = ledger.hosts.get(target)
  if (!host) { fault(ledger, `${name} goes to ${target}, which is not there`); return; }
  if (host.power !== 'on') fault(ledger, `${name} goes to ${target}, which is ${host.power}`)
  if (host.mode !== 'available') fault(ledger, `${name} goes to ${target}, which is ${host.mode}`)
  const heldMib = held(ledger, target)
  const { memoryMib } = ledger.vms.get(name)!
  if (heldMib + memoryMib > host.sizeMib) fault(ledger, `${name} (${memoryMib} MiB) goes to ${target}, which holds ${heldMib} of ${host.sizeMib} MiB`)
  for (const rule of ledger.run.rules) {
    if (!rule.vms.some((member) => member === name)) continue
    if (rule.kind === 'runOn' && !rule.hosts.some((id) => id === target)) fault(ledger, `${rule.id} keeps ${name} off ${target} (${code})`)
    if (rule.kind === 'keepOff' && rule.hosts.some((id) => id === target)) fault(ledger, `${rule.id} keeps ${name} off ${target} (${code})`)
    if (rule.kind === 'apart') for (const other of rule.vms) if (other !== name && (ledger.vms.get(other)?.host === target || ledger.vms.get(other)?.target === target)) fault(ledger, `${rule.id} keeps ${name} apart from ${other} on ${target} (${code})`)
  }
}

function checkConcurrency(ledger: Ledger, event: RunEvent & { kind: 'start' }): void {
  const { hostIncomingMax, hostOutgoingMax } = ledger.policy.budgets
  const { poolMigrationsMax } = sized(ledger)
  const running = [...ledger.steps.values()].filter(({ action }) => action === 'migrate')
  const incoming = running.filter(({ target }) => target === event.target).length
  const outgoing = running.filter(({ source }) => source === event.source).length
  if (incoming > hostIncomingMax) fault(ledger, `${event.target} receives ${incoming} migrations, ${hostIncomingMax} are allowed`)
  if (outgoing > hostOutgoingMax) fault(ledger, `${event.source} sends ${outgoing} migrations, ${hostOutgoingMax} are allowed`)
  if (running.length > poolMigrationsMax) fault(ledger, `${running.length} migrations run, ${poolMigrationsMax} are allowed`)
}

function checkOptional(ledger: Ledger, event: RunEvent & { kind: 'start' }): void {
  const vm = ledger.vms.get(event.vm!)!
  const { vmCooldownMs, blackouts } = ledger.policy.budgets
  const { migrationsPerHourMax } = sized(ledger)
  if (ledger.atMs - vm.movedAtMs < vmCooldownMs) fault(ledger, `${event.vm} moves (${event.reason.code}) ${ledger.atMs - vm.movedAtMs} ms after it moved, cooldown is ${vmCooldownMs} ms`)
  ledger.optionalStarts.push(ledger.atMs)
  const lately = ledger.optionalStarts.filter((startMs) => ledger.atMs - startMs < 3_600_000).length
  if (lately > migrationsPerHourMax) fault(ledger, `${lately} optional migrations within an hour, ${migrationsPerHourMax} are allowed`)
  if (inAny(blackouts, unix(ledger), false)) fault(ledger, `${event.vm} moves (${event.reason.code}) in a blackout`)
  for (const rule of ledger.run.rules) if (rule.kind === 'together' && rule.vms.some((member) => member === event.vm) && whole(ledger, rule.vms)) fault(ledger, `${event.vm} moves (${event.reason.code}) away from the others of ${rule.id}`)
}

/** A group that our evacuations tore apart must be whole again within the hour: what was begun for all of it may be under way, or be tried again. */
function checkGroups(ledger: Ledger): void {
  for (const rule of ledger.run.rules) {
    if (rule.kind !== 'together') continue
    const places = new Set(rule.vms.flatMap((name) => ledger.vms.get(name)?.host ?? []))
    if (places.size <= 1) {
      ledger.torn.delete(rule.id)
      continue
    }
    const torn = ledger.torn.get(rule.id) ?? { sinceMs: ledger.atMs, told: false }
    ledger.torn.set(rule.id, torn)
    // Failures, operators, and hosts that come back in the middle of an evacuation tear groups too.
    const excused = ledger.failed.length > 0 || ledger.run.faults.hostMtbfMs !== null || ledger.run.events.some(({ kind }) => ['migrate', 'maintenanceLeave', 'hostFail', 'hostRemove', 'policy', 'vmResize'].includes(kind))
    if (!torn.told && !excused && ledger.atMs - torn.sinceMs > 3_600_000) fault(ledger, `${rule.vms.join(', ')} are apart since ${torn.sinceMs}, ${rule.id} keeps them together`)
    torn.told ||= ledger.atMs - torn.sinceMs > 3_600_000
  }
}

/** Whether all present members share a host. */
function whole(ledger: Ledger, members: readonly string[]): boolean {
  const places = members.map((member) => ledger.vms.get(member)!).filter((vm) => vm.host !== null).map((vm) => vm.host!)
  return places.length > 1 && new Set(places).size === 1
}

function end(ledger: Ledger, event: RunEvent & { kind: 'end' }): void {
  const begun = ledger.steps.get(event.step)
  if (!begun) { fault(ledger, `step ${event.step} ends but was not started`); return; }
  ledger.steps.delete(event.step)
  if (event.durationMs !== ledger.atMs - begun.atMs) fault(ledger, `step ${event.step} says it took ${event.durationMs} ms, it took ${ledger.atMs - begun.atMs}`)
  if (event.outcome !== 'done') {
    ledger.failed.push({ atMs: ledger.atMs, step: begun })
    undo(ledger, begun); return;
  }
  const vm = begun.vm === undefined ? undefined : ledger.vms.get(begun.vm)!
  switch (begun.action) {
    case 'migrate': {
      const evacuated = begun.reason.code === 'evacuate'
      if (evacuated && !ledger.away.has(begun.vm!)) ledger.away.set(begun.vm!, { home: begun.source!, how: 'evacuated' })
      vm!.host = begun.target!
      vm!.target = null
      vm!.state = 'running'
      vm!.movedAtMs = ledger.atMs
      ledger.counts.migrations++
      return
    }
    case 'startVm':
    case 'resumeVm':
      vm!.state = 'running'
      return
    case 'shutdownVm':
    case 'suspendVm':
      if (!ledger.away.has(begun.vm!)) ledger.away.set(begun.vm!, { home: begun.source!, how: begun.action === 'shutdownVm' ? 'stopped' : 'suspended' })
      vm!.state = begun.action === 'shutdownVm' ? 'stopped' : 'suspended'
      vm!.host = null
      vm!.sinceMs = ledger.atMs
      return
    case 'powerOn':
    case 'powerOff': {
      const host = ledger.hosts.get(begun.host!)!
      host.power = begun.action === 'powerOn' ? 'on' : 'off'
      if (begun.action === 'powerOn') host.upSinceMs = ledger.atMs
      else if (begun.reason.code !== 'operator') host.cycles.push(ledger.atMs)
      ledger.counts[begun.action === 'powerOn' ? 'on' : 'off']++
      return
    }
  }
}

function undo(ledger: Ledger, begun: RunEvent & { kind: 'start' }): void {
  const vm = begun.vm === undefined ? undefined : ledger.vms.get(begun.vm)!
  switch (begun.action) {
    case 'migrate':
      vm!.target = null
      vm!.state = 'running'
      ledger.counts.failed++
      return
    case 'startVm':
    case 'resumeVm':
      vm!.host = null
      vm!.state = begun.action === 'startVm' ? 'waiting' : 'suspended'
      vm!.sinceMs = ledger.atMs
      return
    case 'shutdownVm':
    case 'suspendVm':
      vm!.state = 'running'
      return
    case 'powerOn':
      ledger.hosts.get(begun.host!)!.power = 'failed'
      return
    case 'powerOff':
      ledger.hosts.get(begun.host!)!.power = 'on'
      return
  }
}

function vmChange(ledger: Ledger, event: RunEvent & { kind: 'vm' }): void {
  const added = ledger.run.events.find((happening): happening is ScenarioEvent & { kind: 'vmAdd' } => happening.kind === 'vmAdd' && happening.vm.vm.id === event.vm)
  if (event.change === 'arrived' && added) ledger.vms.set(event.vm, { state: 'absent', host: null, target: null, memoryMib: added.vm.vm.memoryMib, movedAtMs: -Infinity, sinceMs: 0, entry: added.vm })
  const vm = ledger.vms.get(event.vm)
  if (!vm) { fault(ledger, `${event.vm} changes but is unknown`); return; }
  switch (event.change) {
    case 'arrived':
      if (vm.state !== 'absent') fault(ledger, `${event.vm} arrives while ${vm.state}`)
      vm.state = 'waiting'
      vm.sinceMs = ledger.atMs
      return
    case 'departed':
      if ([...ledger.steps.values()].some((step) => step.vm === event.vm)) fault(ledger, `${event.vm} departs in the middle of a step`)
      Object.assign(vm, { state: 'departed', host: null, target: null })
      return
    case 'placed':
      if (vm.state !== 'running' || vm.host !== event.host) fault(ledger, `${event.vm} is said to be placed on ${event.host}, it is ${vm.state} on ${vm.host}`)
      return
    case 'lostHost':
      if (vm.host !== event.host) fault(ledger, `${event.vm} is said to lose ${event.host}, it was on ${vm.host}`)
      if (vm.state !== 'running') fault(ledger, `${event.vm} loses its host while ${vm.state}`)
      Object.assign(vm, { state: 'lost', host: null, target: null, sinceMs: ledger.atMs })
      ledger.away.delete(event.vm)
      return
    case 'resized': {
      const sizes = ledger.run.events.filter((happening): happening is ScenarioEvent & { kind: 'vmResize' } => happening.kind === 'vmResize' && happening.vm === event.vm && happening.atMs === ledger.atMs)
      vm.memoryMib = sizes.at(-1)?.memoryMib ?? vm.memoryMib
      for (const host of [vm.host, vm.target]) if (host !== null && held(ledger, host) > ledger.hosts.get(host)!.sizeMib) ledger.hosts.get(host)!.grown = true
      return
    }
  }
}

function hostChange(ledger: Ledger, event: RunEvent & { kind: 'host' }): void {
  if (event.change === 'added') {
    const added = ledger.run.events.find((happening): happening is ScenarioEvent & { kind: 'hostAdd' } => happening.kind === 'hostAdd' && happening.host.host.id === event.host)!
    ledger.hosts.set(event.host, { ...bookOf(added.host.host.capacity.memoryMib - added.host.host.reserve.memoryMib, added.host.power), upSinceMs: -Infinity })
    return
  }
  const host = ledger.hosts.get(event.host)!
  switch (event.change) {
    case 'failed':
      host.power = 'failed'
      host.failedAtMs = ledger.atMs
      if (!removals(ledger).has(event.host)) ledger.counts.lost++
      return
    case 'repaired':
      if (host.power !== 'failed') fault(ledger, `${event.host} is repaired while ${host.power}`)
      host.power = 'on'
      // A controller that looks once an interval may not have seen it down.
      if (ledger.atMs - host.failedAtMs > ledger.policy.decisionIntervalMs) host.upSinceMs = ledger.atMs
      host.failedAtMs = -Infinity
      return
    case 'removed':
      host.power = 'off'
      host.mode = 'maintenance'
      host.removed = true
      return
    case 'mode':
      if (host.removed && event.mode === 'available') fault(ledger, `${event.host} was removed and becomes available`)
      if (event.mode === 'maintenance') checkEvacuated(ledger, event.host, host)
      if (event.mode === 'available' && host.mode !== 'available') ledger.back.set(event.host, ledger.atMs)
      if (event.mode === 'entering') ledger.back.delete(event.host)
      host.mode = event.mode!
      host.modeSinceMs = ledger.atMs
      return
    case 'power':
      if (event.power !== host.power) fault(ledger, `${event.host} is said to be ${event.power}, by its steps it is ${host.power}`)
      return
  }
}

/** In maintenance nothing but what is to be left there has its place on the host. */
function checkEvacuated(ledger: Ledger, name: string, host: HostBook): void {
  for (const [vmName, vm] of ledger.vms) {
    if (vm.target === name) fault(ledger, `${name} is in maintenance while ${vmName} migrates to it`)
    const method = vm.entry.vm.onMaintenance ?? host.method ?? ledger.policy.maintenance.method
    if (vm.host === name && method !== 'leave') fault(ledger, `${name} is in maintenance with ${vmName} (${vm.state}, to be left by ${method}) on it`)
  }
}

/** Requests are put on record in the order of the scenario's events: the n-th of its kind at an instant is the n-th there. */
function requested(ledger: Ledger, event: RunEvent & { kind: 'request' }): void {
  if (event.request !== 'policy' && event.request !== 'maintenanceEnter') return
  const key = `${event.request} ${ledger.atMs}`
  const number = ledger.requests.get(key) ?? 0
  ledger.requests.set(key, number + 1)
  const happening = ledger.run.events.filter(({ atMs, kind }) => atMs === ledger.atMs && kind === event.request)[number]
  if (happening?.kind === 'policy') Object.assign(ledger, { policy: happening.policy, policySinceMs: happening.atMs })
  if (happening?.kind === 'maintenanceEnter' && event.reason.code === 'maintenanceEnter') ledger.hosts.get(happening.host)!.method = happening.method
}

function noted(ledger: Ledger, event: RunEvent & { kind: 'note' }): void {
  ledger.notes.push(event)
  if (event.goal === 'unmet') ledger.lastUnmet = event.reason.code
  mention(ledger, event.reason.text)
  // Given up with a reason: a later maintenance of its home owes it nothing.
  if (GIVEN_UP.has(event.reason.code)) ledger.away.delete(event.reason.text.split(' ', 1)[0]!)
}

const GIVEN_UP = new Set(['awayForGood', 'moveBackOff', 'vmNotMovable'])

/** Remembers every VM that a reason names first. */
function mention(ledger: Ledger, text: string): void {
  const name = /^[\w.-]+/.exec(text)?.[0]
  if (name !== undefined) ledger.mentioned.set(name, ledger.atMs)
}

function checkInstant(ledger: Ledger): void {
  checkGroups(ledger)
  for (const [name, { home }] of ledger.away) if (ledger.vms.get(name)!.state === 'running' && ledger.vms.get(name)!.host === home && ledger.back.has(home)) ledger.away.delete(name)
  for (const [name, host] of ledger.hosts) {
    const heldMib = held(ledger, name)
    if (heldMib <= host.sizeMib) host.grown = false
    else if (!host.grown) fault(ledger, `${name} holds ${heldMib} of ${host.sizeMib} MiB`)
  }
  for (const [name, vm] of ledger.vms) {
    for (const place of [vm.host, vm.target]) {
      if (place === null) continue
      const power = ledger.hosts.get(place)?.power
      // The end of a step that a failing host takes along is written just before the failure itself.
      if (power !== 'on' && power !== 'failed') fault(ledger, `${name} is on ${place}, which is ${power}`)
    }
  }
}

function held(ledger: Ledger, host: string): number {
  let sum = 0
  for (const vm of ledger.vms.values()) if (vm.host === host || vm.target === host) sum += vm.memoryMib
  return sum
}

interface Snapshot {
  readonly running: number
  readonly migrating: number
  readonly on: number
  readonly heldMib: ReadonlyMap<string, number>
}

function snapshot(ledger: Ledger): Snapshot {
  return {
    running: count(ledger.vms, ({ state }) => state === 'running' || state === 'migrating'), migrating: count(ledger.vms, ({ state }) => state === 'migrating'), on: count(ledger.hosts, ({ power }) => power === 'on'),
    heldMib: new Map([...ledger.hosts.keys()].map((name) => [name, held(ledger, name)])),
  }
}

/** What the simulation recorded as a row must be a state that the ledger went through at that instant. */
function compareRow(ledger: Ledger, made: Run, row: number, seen: readonly Snapshot[]): void {
  const compare = (what: string, recorded: number, values: readonly number[]): void => {
    const [least, most] = [Math.min(...values), Math.max(...values)]
    if (recorded < least - 0.5 || recorded > most + 0.5) ledger.faults.push(`${row * made.header.rowMs}: ${what} was recorded as ${recorded}, by the events it is ${least} to ${most}`)
  }
  compare('number of running VMs', made.columns.vms[row]!, seen.map(({ running }) => running))
  compare('number of migrations', made.columns.migrations[row]!, seen.map(({ migrating }) => migrating))
  compare('number of hosts on', made.columns.hostsOn[row]!, seen.map(({ on }) => on))
  made.header.hosts.forEach(({ id }, number) => {
    const ratio = made.columns.hostMemory[row * made.header.hosts.length + number]!
    if (!Number.isNaN(ratio)) compare(`memory of ${id}`, Math.round(ratio * ledger.hosts.get(id)!.sizeMib), seen.map(({ heldMib }) => heldMib.get(id) ?? 0))
  })
}

function checkEnd(ledger: Ledger, made: Run): void {
  const { summary } = made
  const { run, counts } = ledger
  const compare = (what: string, said: number, is: number): void => {
    if (said !== is) fault(ledger, `the summary says ${said} ${what}, by the events it is ${is}`)
  }
  if (run.warmupMs === 0) {
    compare('migrations', summary.migrations, counts.migrations)
    compare('failed migrations', summary.migrationsFailed, counts.failed)
    compare('host failures', summary.hostFailures, counts.lost)
    compare('power-ons', summary.powerOns, counts.on)
    compare('power-offs', summary.powerOffs, counts.off)
  }
  for (const [id, step] of ledger.steps) if (ledger.atMs - step.atMs > longestStepMs(ledger, step)) fault(ledger, `step ${id} (${step.action}) runs since ${step.atMs} and has no end`)
  checkWaiting(ledger)
  checkMaintenance(ledger)
}

/** Budgets as they hold for the pool: what is not set goes by its size, and none here has as many as eighty hosts. */
function sized({ policy: { budgets, powerSave } }: Ledger): { readonly migrationsPerHourMax: number; readonly poolMigrationsMax: number; readonly bootsAtOnceMax: number } {
  return { migrationsPerHourMax: budgets.migrationsPerHourMax ?? 120, poolMigrationsMax: budgets.poolMigrationsMax ?? 8, bootsAtOnceMax: powerSave.bootsAtOnceMax ?? 2 }
}

function longestStepMs({ run }: Ledger, step: RunEvent & { kind: 'start' }): number {
  if (step.action === 'migrate') return run.physics.migrationTimeoutMs
  if (step.action === 'powerOn' || step.action === 'powerOff') return 600_000
  return Math.max(run.physics.vmStartMs, run.physics.vmStopMs)
}

/** A VM that waits for more than two decisions of the policy that holds has a reason on record. */
function checkWaiting(ledger: Ledger): void {
  const { decisionIntervalMs, placement } = ledger.policy
  for (const [name, vm] of ledger.vms) {
    if ((vm.state !== 'waiting' && vm.state !== 'lost') || ledger.atMs - Math.max(vm.sinceMs, ledger.policySinceMs) <= 2 * decisionIntervalMs + 2 * ledger.run.physics.restartDelayMs) continue
    const told = !placement.enabled ? ledger.notes.some(({ reason }) => reason.code === 'placementOff') : ledger.lastUnmet !== 'allMet'
    if (!told) fault(ledger, `${name} waits since ${vm.sinceMs} and no note says why (last unmet: ${ledger.lastUnmet})`)
  }
}

/** VMs taken away by maintenance are home again once there was time for it, or a note names them. A host that can't be left says why. */
function checkMaintenance(ledger: Ledger): void {
  const { maintenance } = ledger.policy
  for (const [name, { home, how }] of ledger.away) {
    const vm = ledger.vms.get(name)!
    const backMs = ledger.back.get(home)
    if (backMs === undefined || vm.state === 'departed' || vm.state === 'lost' || vm.state === 'waiting' || vm.host === home) continue
    if (ledger.hosts.get(home)!.power === 'failed' || [...ledger.steps.values()].some((step) => step.vm === name)) continue
    const patienceMs = how === 'evacuated' ? maintenance.moveBackWithinMs : 0
    if (ledger.atMs - backMs <= patienceMs + 2 * ledger.policy.decisionIntervalMs + 1_200_000) continue
    const told = (ledger.mentioned.get(name) ?? -1) >= backMs || ledger.lastUnmet !== 'allMet' || failedLately(ledger, (step) => step.vm === name)
    if (!told) fault(ledger, `${name} was taken from ${home} by maintenance, ${home} is back since ${backMs}, it is ${vm.state} on ${vm.host} and nothing says why`)
  }
  for (const [name, host] of ledger.hosts) {
    if (host.mode !== 'entering' || host.power !== 'on' || ledger.atMs - host.modeSinceMs < 3_600_000) continue
    const residents = [...ledger.vms].filter(([, vm]) => vm.host === name && vm.state === 'running')
    const moving = [...ledger.steps.values()].some((step) => step.source === name)
    const told = ledger.lastUnmet !== 'allMet' || failedLately(ledger, ({ source }) => source === name)
    if (residents.length > 0 && !moving && !told) fault(ledger, `${name} enters maintenance since ${host.modeSinceMs}, ${residents.map(([vm]) => vm).join(', ')} stay and nothing says why`)
  }
}

/** Whether a step of this kind failed within the last hour: the run says what was tried. */
const failedLately = ({ failed, atMs }: Ledger, claim: (step: RunEvent & { kind: 'start' }) => boolean): boolean => failed.some((entry) => atMs - entry.atMs < 3_600_000 && claim(entry.step))

/** Hosts that are taken out at this instant: not failures. */
const removals = ({ run, atMs }: Ledger): Set<string> => new Set(run.events.flatMap((event) => (event.kind === 'hostRemove' && event.atMs === atMs && !run.events.some((other) => other.kind === 'hostFail' && other.host === event.host && other.atMs === atMs) ? [event.host as string] : [])))

const unix = ({ run, atMs }: Ledger): number => run.startUnixMs + atMs

/** Whether an instant is in one of the windows; `whenNone` when there are none. Worked out with the calendar, not as the controller does. */
function inAny(windows: readonly Window[], unixMs: number, whenNone: boolean): boolean {
  if (windows.length === 0) return whenNone
  return windows.some(({ days, fromMinute, toMinute, zone }) => {
    const offsetMs = zone.offsetMs.filter((_, position) => position === 0 || zone.fromMs[position]! <= unixMs).at(-1) ?? 0
    const local = new Date(unixMs + offsetMs)
    const minute = local.getUTCHours() * 60 + local.getUTCMinutes()
    const today = local.getUTCDay() === 0 ? 7 : local.getUTCDay()
    const yesterday = today === 1 ? 7 : today - 1
    if (fromMinute < toMinute) return days.includes(today) && minute >= fromMinute && minute < toMinute
    return (days.includes(today) && minute >= fromMinute) || (days.includes(yesterday) && minute < toMinute)
  })
}

function count<T>(map: ReadonlyMap<string, T>, claim: (value: T) => boolean): number {
  let sum = 0
  for (const value of map.values()) if (claim(value)) sum++
  return sum
}
