/**
 * An amount of host capacity or VM demand. `cpuMhz` is cores x core speed x the host's performance factor,
 * so that unlike generations compare.
 */
export interface Resources {
  readonly cpuMhz: number
  readonly memoryMib: number
  readonly networkMibPerS: number
  readonly diskMibPerS: number
}

export const NO_RESOURCES: Resources = { cpuMhz: 0, memoryMib: 0, networkMibPerS: 0, diskMibPerS: 0 }

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
