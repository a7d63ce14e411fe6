/** One setting to be shown: how it is set on the command line, from which policy on, and with which others. */
export interface SettingRow {
  readonly setting: string
  readonly policy: string
  readonly values: readonly string[]
  /** What else must be set for it to have an effect. */
  readonly also: readonly string[]
}

const row = (setting: string, policy: string, values: readonly string[], ...also: readonly string[]): SettingRow => ({ setting, policy, values, also })

/**
 * What `npm run bench settings` runs and draws, in the order of docs/policies.md: one line a setting. A new setting is a
 * new line here.
 */
export const SETTING_ROWS: readonly SettingRow[] = [
  row('decisionIntervalMs', 'balanced', ['1 min', '5 min', '15 min', '60 min']),
  row('observation.statistic', 'balanced', ['mean', 'percentile']),
  row('observation.percentile', 'balanced', ['0.5', '0.8', '0.95', '1'], 'observation.statistic=percentile'),
  row('observation.countBy', 'balanced', ['used', 'allocated']),
  row('observation.delayWeight', 'balanced', ['0', '0.5', '1']),
  row('evenDistribution.enabled', 'none', ['false', 'true']),
  row('evenDistribution.utilizationHigh', 'even-distribution', ['0.7', '0.8', '0.9', '1']),
  row('evenDistribution.utilizationLow', 'even-distribution', ['0.4', '0.5', '0.65', '0.75']),
  row('evenDistribution.holdMs', 'even-distribution', ['0 s', '5 min', '15 min', '60 min']),
  row('evenDistribution.balancePool', 'even-distribution', ['false', 'true']),
  row('evenDistribution.spreadMax', 'even-distribution', ['0.05', '0.1', '0.3', '0.5']),
  row('evenDistribution.aggressiveness', 'even-distribution', ['1', '2', '3', '4', '5']),
  row('evenDistribution.happinessMin', 'even-distribution', ['null', '0.8', '0.95', '0.99']),
  row('evenDistribution.cpuWeight', 'even-distribution', ['0', '1', '4'], 'evenDistribution.memoryWeight=1'),
  row('evenDistribution.memoryWeight', 'even-distribution', ['0', '1', '4']),
  row('powerSave.enabled', 'none', ['false', 'true']),
  row('powerSave.utilizationLow', 'power-save', ['0.05', '0.1', '0.2', '0.4'], 'powerSave.poolUtilizationMin=0'),
  row('powerSave.holdMs', 'power-save', ['0 s', '5 min', '30 min', '2 h'], 'powerSave.poolUtilizationMin=0', 'powerSave.utilizationLow=0.4'),
  row('powerSave.poolUtilizationMin', 'power-save', ['0', '0.3', '0.45', '0.6']),
  row('powerSave.offWindowMs', 'power-save', ['5 min', '20 min', '40 min', '2 h']),
  row('powerSave.onWindowMs', 'power-save', ['1 min', '5 min', '15 min', '30 min']),
  row('powerSave.fillMax', 'power-save', ['0.45', '0.55', '0.65', '0.75']),
  row('powerSave.fill', 'plimsoll', ['utilization', 'risk']),
  row('powerSave.overloadMax', 'plimsoll', ['0.001', '0.015', '0.05', '0.2']),
  row('powerSave.memoryMs', 'plimsoll', ['30 min', '2 h', '6 h', '24 h']),
  row('powerSave.massSurplusMin', 'plimsoll', ['0.05', '0.25', '1']),
  row('powerSave.utilizationHigh', 'power-save', ['0.7', '0.81', '0.9', '1']),
  row('powerSave.reserveHosts', 'power-save', ['0', '1', '2']),
  row('powerSave.hostsOnMin', 'power-save', ['1', '2', '5', '8']),
  row('powerSave.hostsDrainedAtOnceMax', 'power-save', ['1', '2', '4']),
  row('powerSave.powerCyclesPerHostDayMax', 'power-save', ['0', '1', '4']),
  row('powerSave.hostOnMinMs', 'power-save', ['0 s', '30 min', '4 h']),
  row('powerSave.bootsAtOnceMax', 'power-save', ['1', '2', '4']),
  row('maintenance.moveBack', 'none', ['false', 'true']),
  row('maintenance.method', 'none', ['migrate', 'shutdown', 'suspend', 'leave']),
  row('availability.hostFailures', 'balanced', ['0', '1', '2']),
  row('budgets.migrationsPerHourMax', 'balanced', ['0', '5', '20', '120']),
  row('budgets.reliefReserve', 'balanced', ['0', '0.25', '1'], 'budgets.migrationsPerHourMax=20'),
  row('budgets.hostIncomingMax', 'balanced', ['1', '2', '4']),
  row('budgets.hostOutgoingMax', 'balanced', ['1', '2', '4']),
  row('budgets.poolMigrationsMax', 'balanced', ['1', '2', '8']),
  row('budgets.vmCooldownMs', 'balanced', ['0 s', '30 min', '4 h']),
  row('budgets.migrationsPerPlanMax', 'balanced', ['1', '3', '10', 'null']),
  row('budgets.migrationsPerHostHourMax', 'balanced', ['1', '3', '10', 'null']),
  row('budgets.weighBenefit', 'balanced', ['false', 'true']),
  row('optimizer.nodesMax', 'balanced', ['0', '500', '2000']),
]
