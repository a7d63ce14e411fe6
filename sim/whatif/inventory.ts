import type { HostId, VmId } from '../../src/model/ids.ts'
import type { PolicySettings } from '../../src/model/policy.ts'
import type { Host } from '../../src/model/pool.ts'
import type { ScenarioEvent, WorkloadVm } from '../../src/model/scenario.ts'
import type { Change } from './changes.ts'

/**
 * `open` takes VMs (off hosts count: they can be woken); `closed` is in maintenance and only keeps what was left on it;
 * `down` has failed.
 */
export type HostService = 'open' | 'closed' | 'down'

export interface HostEntry {
  readonly host: Host
  service: HostService
}

export interface VmEntry {
  vm: WorkloadVm
  /** Null: waits for a place. */
  host: HostId | null
  /** Where maintenance took it from, until that host is back. */
  home: HostId | null
  /** Shut down or suspended for the maintenance of this host. */
  stoppedFor: HostId | null
}

/** The pool as the timeline of changes makes it; the walk over the timeline owns and edits it. */
export interface Inventory {
  readonly hosts: Map<HostId, HostEntry>
  readonly vms: Map<VmId, VmEntry>
  /** Product of the growth steps so far, for all VMs. */
  scale: number
  readonly scaleOfClass: Map<string, number>
  policy: PolicySettings
}

export const emptyInventory = (policy: PolicySettings): Inventory => ({ hosts: new Map(), vms: new Map(), scale: 1, scaleOfClass: new Map(), policy })

/** Enters one change. A change to a VM that is not there (any more) has no effect. */
export function applyChange(inventory: Inventory, change: Change): void {
  switch (change.kind) {
    case 'depart':
      inventory.vms.delete(change.vm)
      return
    case 'arrive':
      addVm(inventory, change.vm)
      return
    case 'growth':
      inventory.scale *= change.factor
      return
    case 'look':
      return
    case 'event':
      applyEvent(inventory, change.event)
      return
  }
}

function applyEvent(inventory: Inventory, event: ScenarioEvent): void {
  switch (event.kind) {
    case 'maintenanceEnter':
      enterMaintenance(inventory, event.host, event.method ?? inventory.policy.maintenance.method, event.method !== null)
      return
    case 'maintenanceLeave':
      leaveMaintenance(inventory, event.host)
      return
    case 'hostFail':
      takeDown(inventory, event.host)
      return
    case 'hostRepair':
      open(inventory, event.host)
      return
    case 'hostRemove':
      takeDown(inventory, event.host)
      inventory.hosts.delete(event.host)
      return
    case 'hostAdd':
      inventory.hosts.set(event.host.host.id, { host: event.host.host, service: event.host.power === 'failed' ? 'down' : 'open' })
      return
    case 'vmAdd':
      addVm(inventory, event.vm)
      return
    case 'vmRemove':
      inventory.vms.delete(event.vm)
      return
    case 'vmResize':
      resize(inventory, event)
      return
    case 'migrate':
      migrate(inventory, event.vm, event.target)
      return
    // What is off can be woken: capacity questions count it.
    case 'powerOn':
    case 'powerOff':
      return
    case 'demandScale':
      scaleDemand(inventory, event.factor, event.class)
      return
    // Capacity questions look at room, not at trouble on the way to it.
    case 'foreignMigrate':
    case 'maintenancePlan':
    case 'maintenanceUnplan':
    case 'maintenanceRoll':
    case 'maintenanceRollStop':
    case 'runNow':
    case 'vmLock':
    case 'vmUnlock':
    case 'wakeBreak':
    case 'wakeMend':
    case 'sensorFault':
      return
    case 'policy':
      inventory.policy = event.policy
      return
  }
}

function addVm(inventory: Inventory, vm: WorkloadVm): void {
  const place = vm.host === null ? undefined : inventory.hosts.get(vm.host)
  inventory.vms.set(vm.vm.id, { vm, host: place?.service === 'open' ? vm.host : null, home: null, stoppedFor: null })
}

function takeDown(inventory: Inventory, id: HostId): void {
  const entry = inventory.hosts.get(id)
  if (entry) entry.service = 'down'
  for (const vm of inventory.vms.values()) {
    if (vm.host === id) vm.host = null
    if (vm.home === id) vm.home = null
    // What was stopped for its maintenance is wanted again, elsewhere.
    if (vm.stoppedFor === id) vm.stoppedFor = null
  }
}

function open(inventory: Inventory, id: HostId): void {
  const entry = inventory.hosts.get(id)
  if (entry?.service === 'down') entry.service = 'open'
}

function enterMaintenance(inventory: Inventory, id: HostId, method: PolicySettings['maintenance']['method'], forced: boolean): void {
  const entry = inventory.hosts.get(id)
  if (entry?.service !== 'open') return
  entry.service = 'closed'
  for (const vm of inventory.vms.values()) {
    if (vm.host !== id) continue
    const own = forced ? method : (vm.vm.vm.onMaintenance ?? method)
    if (own === 'leave' || (own === 'migrate' && !vm.vm.vm.movable)) continue
    vm.host = null
    if (own === 'migrate') vm.home = id
    else vm.stoppedFor = id
  }
}

/** Stopped VMs start again where they were; those that were moved away wait for `returnHome`. */
function leaveMaintenance(inventory: Inventory, id: HostId): void {
  const entry = inventory.hosts.get(id)
  if (entry?.service !== 'closed') return
  entry.service = 'open'
  for (const vm of inventory.vms.values()) {
    if (vm.stoppedFor !== id) continue
    vm.stoppedFor = null
    vm.host = id
  }
}

function resize(inventory: Inventory, event: Extract<ScenarioEvent, { kind: 'vmResize' }>): void {
  const entry = inventory.vms.get(event.vm)
  if (!entry) return
  const { vcpus, cpuMhz, memoryMib } = entry.vm.vm
  entry.vm = { ...entry.vm, vm: { ...entry.vm.vm, vcpus: event.vcpus ?? vcpus, cpuMhz: event.cpuMhz ?? cpuMhz, memoryMib: event.memoryMib ?? memoryMib } }
}

function migrate(inventory: Inventory, id: VmId, target: HostId): void {
  const vm = inventory.vms.get(id)
  if (!vm || vm.stoppedFor !== null || inventory.hosts.get(target)?.service !== 'open') return
  vm.host = target
  vm.home = null
}

function scaleDemand(inventory: Inventory, factor: number, className: string | null): void {
  if (className === null) inventory.scale *= factor
  else inventory.scaleOfClass.set(className, (inventory.scaleOfClass.get(className) ?? 1) * factor)
}
