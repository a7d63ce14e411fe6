import * as z from 'zod'
import { hostId, type HostId } from '../model/ids.ts'
import type { PowerModel } from '../model/power.ts'
import type { Resources } from '../model/resources.ts'
import { count, duration, flag, frequency, memory, name, power, rate, strict, text } from './fields.ts'
import { fileOrigin } from './origin.ts'
import { fit, problemsOf, refuseIssues, type Problems } from './problems.ts'
import type { FieldPath, SourceDocument } from './sourceDocument.ts'

/** A host as its owner describes it. What is null is taken from its metrics. */
export interface InventoryHost {
  readonly name: HostId
  /** Values of the inventory's `hostLabel` that mean this host, with or without a port. */
  readonly instances: readonly string[]
  readonly cores: number | null
  readonly coreMhz: number | null
  readonly memoryMib: number | null
  readonly performanceFactor: number
  readonly smtYield: number | null
  readonly reserve: Resources
  readonly migrationLinkMibPerS: number
  readonly power: PowerModel | null
  readonly powerManaged: boolean
  readonly rack: string | null
}

/** The hosts behind recorded metrics, and the labels that name hosts and VMs in them. */
export interface Inventory {
  readonly hostLabel: string
  readonly vmLabel: string
  /** Null: the hosts are those that the metrics name. */
  readonly hosts: readonly InventoryHost[] | null
}

/** No inventory: libvirt-exporter's and Prometheus' own labels, all hosts from their metrics. */
export const NO_INVENTORY: Inventory = { hostLabel: 'instance', vmLabel: 'domain', hosts: null }

const label = (about: string) => z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/, { error: 'is not a label: letters, digits and "_", not beginning with a digit' }).meta({ description: about })

const powerFields = strict({
  curveW: z.array(power('Power at one utilization.')).length(11).meta({ description: 'Power at utilization 0, 0.1, ..., 1, as SPECpower publishes it; instead of `idleW` and `fullW`.' }).optional(),
  idleW: power('Power when idle.').optional(),
  fullW: power('Power at full load; linear in between.').optional(),
  offW: power('Draw when off: the BMC. Default 8 W.').optional(),
  bootMs: duration('From wake to ready. Default 3 min.', 0, 86_400_000).optional(),
  bootW: power('Mean power while booting. Default: half-way between idle and full.').optional(),
  shutdownMs: duration('From command to off. Default 1 min.', 0, 86_400_000).optional(),
  shutdownW: power('Mean power while shutting down. Default: idle.').optional(),
}, 'Power at the plug, before PUE.')

const hostShape = {
  cores: count('Cores, without hardware threads. Default: the processors that node-exporter shows.', 1, 4096).optional(),
  coreMhz: frequency('Speed of a core.', 100, 10_000).optional(),
  memoryMib: memory('Installed memory.', 64, 2 ** 30).optional(),
  performanceFactor: z.number().min(0.01).max(100).meta({ description: 'Work per MHz against the pool’s reference generation. Default 1.' }).optional(),
  smtYield: z.number().min(1).max(4).meta({ description: 'Throughput of all hardware threads of a core against one. Default 1.25 when `cores` is given, else 1.' }).optional(),
  reserve: strict({ cpuMhz: frequency('CPU kept for the host.'), memoryMib: memory('Memory kept for the host.') }, 'Kept for the host itself. Default: no CPU, 1 GiB.').partial().optional(),
  migrationLinkMibPerS: rate('Network that migrations use. Default 10 Gbit/s.', 1).optional(),
  power: powerFields.optional(),
  powerManaged: flag('Whether power save may switch it off. Default true.').optional(),
  rack: text('Rack or fault domain.', 64).nullable().optional(),
}

const instanceText = z.string().min(1).max(255)
const hostFields = strict({
  name: name('The host’s name in the recorded base.'),
  instance: z.union([instanceText, z.array(instanceText).min(1).max(20)]).meta({ description: 'Values of the host label that mean this host; a value without a port means every port. Default: its name.' }).optional(),
  ...hostShape,
})

/** A host inventory file. */
export const inventorySchema = strict({
  formatVersion: z.literal(1).optional(),
  hostLabel: label('Label that names the host. Default `instance`.').optional(),
  vmLabel: label('Label that names the VM. Default `domain`.').optional(),
  defaults: strict(hostShape, 'What holds for every host that does not say otherwise.').optional(),
  hosts: z.array(hostFields).min(1).max(10_000),
})

type HostFields = z.output<typeof hostFields>
type HostDefaults = Omit<HostFields, 'name' | 'instance'>
type PowerFields = z.output<typeof powerFields>

/** Reads a host inventory. Throws BadInput with everything that is wrong: fields, hosts or instances that occur twice, power curves that fall. */
export function parseInventory(document: SourceDocument): Inventory {
  const problems = problemsOf(fileOrigin(document))
  const fields = fit(inventorySchema, document.value, [], problems)?.value ?? null
  const hosts = (fields?.hosts ?? []).map((host, index) => inventoryHost({ ...fields?.defaults, ...given(host) } as HostFields, ['hosts', index], problems))
  refuseTwice(hosts, problems)
  refuseIssues(problems.issues)
  return { hostLabel: fields?.hostLabel ?? NO_INVENTORY.hostLabel, vmLabel: fields?.vmLabel ?? NO_INVENTORY.vmLabel, hosts }
}

const given = (host: HostFields): object => Object.fromEntries(Object.entries(host).filter(([, value]) => value !== undefined))

const RESERVED_NAMES = new Set(['__proto__', 'constructor', 'prototype'])
const GIGABIT_10_MIB_PER_S = 10e9 / 8 / 2 ** 20

function inventoryHost(host: HostFields & HostDefaults, path: FieldPath, problems: Problems): InventoryHost {
  if (RESERVED_NAMES.has(host.name)) problems.add([...path, 'name'], `is ${host.name}, a reserved word: rename it`)
  const instances = host.instance === undefined ? [host.name] : typeof host.instance === 'string' ? [host.instance] : host.instance
  return {
    name: hostId(host.name), instances,
    cores: host.cores ?? null, coreMhz: host.coreMhz ?? null, memoryMib: host.memoryMib ?? null,
    performanceFactor: host.performanceFactor ?? 1,
    smtYield: host.smtYield ?? (host.cores === undefined ? null : 1.25),
    reserve: reserveOf(host, path, problems),
    migrationLinkMibPerS: host.migrationLinkMibPerS ?? GIGABIT_10_MIB_PER_S,
    power: host.power === undefined ? null : powerModel(host.power, [...path, 'power'], problems),
    powerManaged: host.powerManaged ?? true, rack: host.rack ?? null,
  }
}

function reserveOf(host: HostDefaults, path: FieldPath, problems: Problems): Resources {
  const { cpuMhz = 0, memoryMib = 1024 } = host.reserve ?? {}
  const capacityMhz = (host.cores ?? Number.NaN) * (host.coreMhz ?? Number.NaN)
  if (memoryMib >= (host.memoryMib ?? Number.POSITIVE_INFINITY)) problems.add([...path, 'reserve', 'memoryMib'], `is ${memoryMib} MiB, the host has ${host.memoryMib ?? 0} MiB: nothing is left for VMs`)
  if (cpuMhz >= capacityMhz) problems.add([...path, 'reserve', 'cpuMhz'], `is ${cpuMhz} MHz, the host has ${capacityMhz} MHz: nothing is left for VMs`)
  return { cpuMhz, memoryMib, networkMibPerS: 0, diskMibPerS: 0 }
}

function powerModel(fields: PowerFields, path: FieldPath, problems: Problems): PowerModel | null {
  const curveW = curveOf(fields, path, problems)
  if (curveW === null) return null
  return { ...powerAround(curveW), ...pick(fields) }
}

function curveOf({ curveW, idleW, fullW }: PowerFields, path: FieldPath, problems: Problems): readonly number[] | null {
  if (curveW !== undefined) {
    if (idleW !== undefined || fullW !== undefined) problems.add([...path, 'curveW'], 'is given, and so is idleW or fullW: keep one of the two forms')
    curveW.forEach((watts, index) => {
      if (index > 0 && watts < curveW[index - 1]!) problems.add([...path, 'curveW', index], `is ${watts} W, less than ${curveW[index - 1]!} W at a lower utilization: a power curve does not fall`)
    })
    return curveW
  }
  if (idleW !== undefined && fullW !== undefined && fullW >= idleW) return linearCurve(idleW, fullW)
  problems.add(path, idleW === undefined || fullW === undefined ? 'needs curveW (11 values), or idleW and fullW' : `has fullW ${fullW} W below idleW ${idleW} W`)
  return null
}

const linearCurve = (idleW: number, fullW: number): number[] => Array.from({ length: 11 }, (_, tenth) => idleW + ((fullW - idleW) * tenth) / 10)

/** A curve with the usual rest: 8 W off, 3 min to boot, 1 min to shut down. */
function powerAround(curveW: readonly number[]): PowerModel {
  const idleW = curveW[0]!
  return { curveW, offW: Math.min(8, idleW), bootMs: 180_000, bootW: (idleW + curveW[10]!) / 2, shutdownMs: 60_000, shutdownW: idleW }
}

function pick({ offW, bootMs, bootW, shutdownMs, shutdownW }: PowerFields): Partial<PowerModel> {
  return Object.fromEntries(Object.entries({ offW, bootMs, bootW, shutdownMs, shutdownW }).filter(([, value]) => value !== undefined))
}

/**
 * Power of a host of which only the cores are known: 80 W and 2 W a core when idle, 9 W a core at full load. An
 * assumption in the range of two-socket servers; whoever wants energy figures that count gives curves.
 */
export const assumedPower = (cores: number): PowerModel => powerAround(linearCurve(80 + 2 * cores, 80 + 9 * cores))

function refuseTwice(hosts: readonly InventoryHost[], problems: Problems): void {
  const names = new Map<string, number>()
  const instances = new Map<string, number>()
  for (const [index, host] of hosts.entries()) {
    const before = names.get(host.name)
    if (before !== undefined) problems.add(['hosts', index, 'name'], `is ${host.name}, as that of hosts[${before}]: names must differ`)
    names.set(host.name, index)
    for (const instance of host.instances) {
      const other = instances.get(instance)
      if (other !== undefined) problems.add(['hosts', index, 'instance'], `names ${JSON.stringify(instance)}, and so does hosts[${other}]: one of them is wrong`)
      instances.set(instance, index)
    }
  }
}
