import { DEFAULT_HOST_MODEL, findHostModel, type HostModel } from '../model/hostModels.ts'
import { hostId } from '../model/ids.ts'
import type { Host } from '../model/pool.ts'
import type { PowerModel } from '../model/power.ts'
import type { Resources } from '../model/resources.ts'
import type { HostFields, PowerFields } from './hostSchema.ts'
import { traitsOf } from './needsSchema.ts'
import { assumedPower } from '../model/power.ts'
import type { Problems } from './problems.ts'
import type { FieldPath } from './sourceDocument.ts'

/** 10 Gbit/s. */
const LINK_MIB_PER_S = 1e10 / 8 / 2 ** 20
const DISK_MIB_PER_S = 1000
const SMT_YIELD = 1.25

/**
 * A host from its fields. What they leave out comes from the named model (the default model when they give no size
 * either), then from the defaults. A size that is missing goes to `problems`, with the default model's in its place.
 */
export function hostOf(id: string, fields: HostFields, path: FieldPath, problems: Problems): Host {
  const model = modelOf(fields)
  const size = (key: 'cores' | 'coreMhz' | 'memoryMib'): number => {
    const value = fields[key] ?? model?.[key]
    if (value === undefined) problems.add([...path, key], 'is missing: give it, or name a model of host')
    return value ?? findHostModel(DEFAULT_HOST_MODEL)![key]
  }
  const [cores, coreMhz, memoryMib] = [size('cores'), size('coreMhz'), size('memoryMib')]
  const performanceFactor = fields.performanceFactor ?? model?.performanceFactor ?? 1
  const linkMibPerS = fields.migrationLinkMibPerS ?? model?.linkMibPerS ?? LINK_MIB_PER_S
  const capacity: Resources = {
    cpuMhz: cores * coreMhz * performanceFactor, memoryMib, networkMibPerS: fields.networkMibPerS ?? linkMibPerS, diskMibPerS: fields.diskMibPerS ?? model?.diskMibPerS ?? DISK_MIB_PER_S,
  }
  return {
    id: hostId(id), cores, coreMhz, performanceFactor, smtYield: fields.smtYield ?? model?.smtYield ?? SMT_YIELD, capacity, reserve: reserveOf(fields, model, capacity, path, problems),
    migrationLinkMibPerS: linkMibPerS, power: powerOf(fields, model, cores), powerManaged: fields.powerManaged ?? true, rack: fields.rack ?? null, ...traitsOf(fields),
  }
}

function modelOf(fields: HostFields): HostModel | null {
  const isSized = fields.cores !== undefined || fields.coreMhz !== undefined || fields.memoryMib !== undefined
  const name = fields.model ?? (isSized ? null : DEFAULT_HOST_MODEL)
  return name === null ? null : findHostModel(name)
}

function reserveOf(fields: HostFields, model: HostModel | null, capacity: Resources, path: FieldPath, problems: Problems): Resources {
  const given = fields.reserve ?? {}
  const reserve: Resources = {
    cpuMhz: given.cpuMhz ?? model?.reserveCpuMhz ?? 0, memoryMib: given.memoryMib ?? model?.reserveMemoryMib ?? 0, networkMibPerS: given.networkMibPerS ?? 0, diskMibPerS: given.diskMibPerS ?? 0,
  }
  for (const key of Object.keys(reserve) as (keyof Resources)[]) {
    if (reserve[key] > 0 && reserve[key] >= capacity[key]) problems.add([...path, 'reserve', key], `is ${reserve[key]}, but the host has ${capacity[key]}: nothing would be left for VMs`)
  }
  return reserve
}

function powerOf(fields: HostFields, model: HostModel | null, cores: number): PowerModel {
  const written: PowerFields = typeof fields.power === 'string' ? { model: fields.power } : (fields.power ?? {})
  const named = written.model === undefined ? model?.power : findHostModel(written.model)?.power
  const curveW = written.curveW ?? (written.idleW !== undefined && written.fullW !== undefined ? straightLine(written.idleW, written.fullW) : undefined)
  // With a curve of its own, only the times of the model still hold, not its watts.
  const base = curveW === undefined ? (named ?? assumedPower(cores)) : { ...assumedPower(cores), ...timesOf(named), curveW, bootW: curveW[5]!, shutdownW: curveW[0]! }
  return {
    curveW: base.curveW, offW: written.offW ?? base.offW, bootMs: written.bootMs ?? base.bootMs, bootW: written.bootW ?? base.bootW,
    shutdownMs: written.shutdownMs ?? base.shutdownMs, shutdownW: written.shutdownW ?? base.shutdownW,
  }
}

const timesOf = (power: PowerModel | undefined): Partial<PowerModel> => (power === undefined ? {} : { bootMs: power.bootMs, shutdownMs: power.shutdownMs, offW: power.offW })

const straightLine = (idleW: number, fullW: number): number[] => Array.from({ length: 11 }, (_, point) => idleW + ((fullW - idleW) * point) / 10)
