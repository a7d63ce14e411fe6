/** What is counted in a run, beside the integrals of the meter. */
export interface Counts {
  migrations: number
  migrationsFailed: number
  migratedMib: number
  migrationMs: number
  powerOns: number
  powerOffs: number
  wakeFailures: number
  hostFailures: number
  placements: number
  placementWaitMs: number
  decisions: number
  hostsOnMin: number
  hostsOnMax: number
}

export const noCounts = (): Counts => ({
  migrations: 0, migrationsFailed: 0, migratedMib: 0, migrationMs: 0, powerOns: 0, powerOffs: 0, wakeFailures: 0, hostFailures: 0, placements: 0, placementWaitMs: 0, decisions: 0,
  hostsOnMin: Number.MAX_SAFE_INTEGER, hostsOnMax: 0,
})
