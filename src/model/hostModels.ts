import type { Host } from './pool.ts'
import type { HostId } from './ids.ts'
import type { PowerModel } from './power.ts'
import type { Resources } from './resources.ts'

/** What hosts of one kind have in common; `hostOf` makes a host of it. */
export interface HostModel {
  readonly name: string
  readonly description: string
  readonly cores: number
  readonly coreMhz: number
  /** Work per MHz against the `rack-2020` class. */
  readonly performanceFactor: number
  readonly smtYield: number
  readonly memoryMib: number
  /** Line rate of the migration network. */
  readonly linkMibPerS: number
  readonly diskMibPerS: number
  /** Kept for the hypervisor. */
  readonly reserveCpuMhz: number
  readonly reserveMemoryMib: number
  readonly power: PowerModel
}

/** Line rates after Ethernet, IP and TCP headers, in MiB/s. */
const LINK_1G = 112
const LINK_10G = 1120
const LINK_25G = 2800

/**
 * Generic classes of hosts. All figures are typical values chosen for simulation, not data of any vendor or product;
 * for your own hosts, measure or take the 11 points that SPECpower_ssj2008 publishes for them.
 */
const GENERIC_MODELS: readonly HostModel[] = [
  {
    name: 'edge-small', description: 'Small single-socket host of a branch office: 8 cores, 64 GiB, 1 Gbit/s.',
    cores: 8, coreMhz: 2400, performanceFactor: 1, smtYield: 1.25, memoryMib: 65_536, linkMibPerS: LINK_1G, diskMibPerS: 400, reserveCpuMhz: 1200, reserveMemoryMib: 4096,
    power: { curveW: [28, 37, 45, 52, 58, 65, 72, 80, 89, 99, 110], offW: 4, bootMs: 90_000, bootW: 70, shutdownMs: 30_000, shutdownW: 40 },
  },
  {
    name: 'rack-2014', description: 'Older dual-socket host: 16 cores, 128 GiB, 1 Gbit/s, high idle power.',
    cores: 16, coreMhz: 2600, performanceFactor: 0.75, smtYield: 1.25, memoryMib: 131_072, linkMibPerS: LINK_1G, diskMibPerS: 400, reserveCpuMhz: 2000, reserveMemoryMib: 6144,
    power: { curveW: [110, 138, 158, 176, 194, 213, 233, 256, 281, 307, 335], offW: 10, bootMs: 180_000, bootW: 190, shutdownMs: 60_000, shutdownW: 130 },
  },
  {
    name: 'rack-2017', description: 'Dual-socket host: 32 cores, 256 GiB, 10 Gbit/s.',
    cores: 32, coreMhz: 2300, performanceFactor: 0.9, smtYield: 1.25, memoryMib: 262_144, linkMibPerS: LINK_10G, diskMibPerS: 800, reserveCpuMhz: 2300, reserveMemoryMib: 8192,
    power: { curveW: [82, 122, 148, 172, 196, 222, 250, 284, 322, 362, 405], offW: 9, bootMs: 150_000, bootW: 210, shutdownMs: 50_000, shutdownW: 120 },
  },
  {
    name: 'rack-2020', description: 'Current single-socket host, the default: 32 cores, 256 GiB, 10 Gbit/s.',
    cores: 32, coreMhz: 2600, performanceFactor: 1, smtYield: 1.25, memoryMib: 262_144, linkMibPerS: LINK_10G, diskMibPerS: 1500, reserveCpuMhz: 2600, reserveMemoryMib: 8192,
    power: { curveW: [70, 98, 118, 136, 153, 171, 190, 211, 235, 262, 292], offW: 8, bootMs: 120_000, bootW: 160, shutdownMs: 40_000, shutdownW: 100 },
  },
  {
    name: 'rack-2023', description: 'Large dual-socket host: 128 cores, 1 TiB, 25 Gbit/s.',
    cores: 128, coreMhz: 2400, performanceFactor: 1.15, smtYield: 1.25, memoryMib: 1_048_576, linkMibPerS: LINK_25G, diskMibPerS: 4000, reserveCpuMhz: 4800, reserveMemoryMib: 16_384,
    power: { curveW: [180, 262, 318, 368, 416, 466, 520, 580, 648, 724, 810], offW: 14, bootMs: 240_000, bootW: 420, shutdownMs: 60_000, shutdownW: 250 },
  },
]

/** Instant, free switching, and nothing kept back: the study has none of it. */
const study = (curveW: readonly number[]): PowerModel => ({ curveW, offW: 0, bootMs: 0, bootW: 0, shutdownMs: 0, shutdownW: 0 })

/**
 * The two hosts of the PlanetLab study (Beloglazov & Buyya 2012): HP ProLiant ML110 G4 and G5 with their SPECpower
 * curves. MIPS count as MHz; the link is half of 1 Gbit/s, 62.5 MB/s, as the study charges migrations.
 */
const STUDY_MODELS: readonly HostModel[] = [
  {
    name: 'ml110-g4', description: 'HP ProLiant ML110 G4 of the PlanetLab study: 2 cores of 1860 MIPS, 4096 MB.',
    cores: 2, coreMhz: 1860, performanceFactor: 1, smtYield: 1, memoryMib: 4096, linkMibPerS: 62.5, diskMibPerS: 100, reserveCpuMhz: 0, reserveMemoryMib: 0,
    power: study([86, 89.4, 92.6, 96, 99.5, 102, 106, 108, 112, 114, 117]),
  },
  {
    name: 'ml110-g5', description: 'HP ProLiant ML110 G5 of the PlanetLab study: 2 cores of 2660 MIPS, 4096 MB.',
    cores: 2, coreMhz: 2660, performanceFactor: 1, smtYield: 1, memoryMib: 4096, linkMibPerS: 62.5, diskMibPerS: 100, reserveCpuMhz: 0, reserveMemoryMib: 0,
    power: study([93.7, 97, 101, 105, 110, 116, 121, 125, 129, 133, 135]),
  },
]

/** The four VM types of the PlanetLab study, one vCPU each; its MIPS count as MHz (section 1 of its specification). */
export const STUDY_VM_SIZES = [
  { vcpus: 1, cpuMhz: 2500, memoryMib: 870 },
  { vcpus: 1, cpuMhz: 2000, memoryMib: 1740 },
  { vcpus: 1, cpuMhz: 1000, memoryMib: 1740 },
  { vcpus: 1, cpuMhz: 500, memoryMib: 613 },
] as const

/** Core speed where nothing tells it. */
export const ASSUMED_CORE_MHZ = 2600

/** All named host models. */
export const HOST_MODELS: readonly HostModel[] = [...GENERIC_MODELS, ...STUDY_MODELS]

/** What a scenario's hosts are when it names no model. */
export const DEFAULT_HOST_MODEL = 'rack-2020'

/** The model of a name, or null. */
export const findHostModel = (name: string): HostModel | null => HOST_MODELS.find((model) => model.name === name) ?? null

/** A host of a model; `cpuMhz` is cores x coreMhz x performanceFactor. */
export function hostOf(model: HostModel, id: HostId, rack: string | null = null, powerManaged = true): Host {
  const capacity: Resources = { cpuMhz: model.cores * model.coreMhz * model.performanceFactor, memoryMib: model.memoryMib, networkMibPerS: model.linkMibPerS, diskMibPerS: model.diskMibPerS }
  return {
    id, cores: model.cores, coreMhz: model.coreMhz, performanceFactor: model.performanceFactor, smtYield: model.smtYield, capacity,
    reserve: { cpuMhz: model.reserveCpuMhz, memoryMib: model.reserveMemoryMib, networkMibPerS: 0, diskMibPerS: 0 },
    migrationLinkMibPerS: model.linkMibPerS, power: model.power, powerManaged, rack,
  }
}
