import * as z from 'zod'
import type { HostTraits, VmNeeds } from '../model/pool.ts'
import { count, flag, memory, strict, text } from './fields.ts'

const label = (about: string) => text(about, 64)
const labels = (about: string) => z.array(label('A name.')).max(1000).optional().meta({ description: about })

/** What a host may say of itself beyond its size; what is left out limits nothing. */
export const traitShape = {
  site: label('Site it stands at.').nullable().optional(),
  powerFeed: label('Power feed it hangs on.').nullable().optional(),
  migrationDomain: label('Hosts between which a running VM may migrate; with any without it.').nullable().optional(),
  cpuModel: label('CPU model that it offers to VMs; any without it.').nullable().optional(),
  cpuFeatures: labels('CPU features that it offers to VMs; all without it.'),
  networks: labels('Networks that it reaches; all without it.'),
  storages: labels('Storages that it reaches; all without it.'),
  hugePagesMib: memory('Memory set aside as huge pages; not limited without it.').nullable().optional(),
  numaCells: z.array(strict({ cores: count('Cores of the cell.', 1, 4096), memoryMib: memory('Memory of the cell.', 1) })).min(1).max(64).optional().meta({ description: 'NUMA cells; not looked at without it.' }),
  vcpusPerCoreMax: z.number().min(0.01).max(1000).nullable().optional().meta({ description: 'Most vCPUs of VMs for each core; not limited without it.' }),
  roles: labels('What others rely on it for: a host that is `storage`, `quorum` or `gateway` is never powered off by power save.'),
  vmsMax: count('Most VMs; not limited without it.', 0, 100_000).nullable().optional(),
  diskMib: memory('Room for disks of VMs on storage of its own; not limited without it.').nullable().optional(),
  memoryOvercommit: z.number().min(1).max(10).nullable().optional().meta({ description: 'VMs may be promised so much times the memory that the host has for them; 1 without it.' }),
}
type TraitFields = z.output<z.ZodObject<typeof traitShape>>

/** What a VM may need of its host beyond CPU and memory. */
export const needsFields = strict(
  {
    cpuModel: label('CPU model.').optional(),
    cpuFeatures: labels('CPU features.'),
    networks: labels('Networks.'),
    storages: labels('Storages.'),
    hugePages: flag('Whether its memory comes from huge pages.').optional(),
    oneNumaCell: flag('Whether it must fit one NUMA cell.').optional(),
    diskMib: memory('Room that its disks take: on the host’s own storage, and in `resourceMax` rules over hosts that share one.').optional(),
    devices: labels('Devices that can’t move with it: passthrough, SR-IOV, local disks.'),
  },
  'What it needs of its host beyond CPU and memory.',
)

/** The given keys of a shape, without those left out; undefined when nothing is given. */
function givenOf<Fields extends object>(fields: Fields, keys: readonly string[]): Partial<Fields> | undefined {
  const entries = Object.entries(fields).filter(([key, value]) => keys.includes(key) && value !== undefined && value !== null)
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Partial<Fields>)
}

const TRAIT_KEYS = Object.keys(traitShape)

/** Traits in fields of a host, as a property to spread: nothing where it tells none, so that hosts stay as they were. */
export function traitsOf(fields: TraitFields): { readonly traits?: HostTraits } {
  const traits = givenOf(fields, TRAIT_KEYS)
  return traits === undefined ? {} : { traits: traits as HostTraits }
}

/** Needs of a VM, likewise. */
export function needsOf(fields: z.output<typeof needsFields> | undefined): { readonly needs?: VmNeeds } {
  const needs = fields === undefined ? undefined : givenOf(fields, Object.keys(fields))
  return needs === undefined ? {} : { needs: needs as VmNeeds }
}
