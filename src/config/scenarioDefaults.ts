import type { FaultSettings, PhysicsSettings, SensorSettings } from '../model/scenario.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../model/resources.ts'
import type { WhatIfSettings } from '../model/whatif.ts'

/** libvirt's statistics, read once a minute by a collector on the same network. */
export const DEFAULT_SENSORS: SensorSettings = { intervalMs: MINUTE_MS, delayMs: 5000, gapRatio: 0 }

/** Nothing fails that no event makes fail. */
export const DEFAULT_FAULTS: FaultSettings = { wakeFailureRatio: 0, migrationFailureRatio: 0, hostMtbfMs: null, hostRepairMs: 4 * HOUR_MS }

/** Energy at the plug (PUE 1), QEMU's own aim for the pause of a migration (300 ms), no page sharing. */
export const DEFAULT_PHYSICS: PhysicsSettings = {
  pue: 1, slaDeliveredMin: 0.95, migrationCpuMhz: 1500, migrationStreamMibPerS: 512, downtimeMaxMs: 300, migrationRoundsMax: 30, migrationTimeoutMs: 15 * MINUTE_MS,
  pageSharingRatio: 0, restartDelayMs: MINUTE_MS, vmStartMs: 30_000, vmStopMs: 30_000,
}

/** A year ahead, a VM of two busy vCPUs, one host may fail. */
export const DEFAULT_WHATIF: WhatIfSettings = {
  horizonMs: 365 * DAY_MS, stepMs: null, growthPerMonthRatio: 0, candidate: { vcpus: 2, cpuMhz: 1000, memoryMib: 4096 },
  limits: { utilizationMax: null, memoryMax: 1, failoverHosts: 1, vcpusPerCoreMax: null }, demand: 'p95', repack: true,
}

export const DEFAULT_ROW_MS = 5 * MINUTE_MS

/** Where neither the scenario nor its load has a date: a Monday at midnight UTC, so that weekly windows fall on weekdays. */
export const DEFAULT_START_UNIX_MS = 1_767_571_200_000
