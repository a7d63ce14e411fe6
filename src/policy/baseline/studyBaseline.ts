import type { BaselineSettings } from '../../model/policy.ts'
import type { Baseline, BaselineMove, BaselineView } from './baseline.ts'
import { emptyUnderloaded } from './emptyUnderloaded.ts'
import { type HostColumns, areOf, hostColumns } from './hostColumns.ts'
import { openSearch } from './hostSearch.ts'
import { localRegression } from './overload/localRegression.ts'
import type { OverloadTest } from './overload/overload.ts'
import { interquartileRange, medianAbsoluteDeviation } from './overload/spread.ts'
import { threshold } from './overload/threshold.ts'
import { overloadedHosts, relieve, takeOff } from './relieve.ts'
import { HISTORY_SAMPLES, openRound } from './round.ts'
import { maximumCorrelation } from './selection/maximumCorrelation.ts'
import { minimumMigrationTime } from './selection/minimumMigrationTime.ts'
import { minimumUtilization } from './selection/minimumUtilization.ts'
import { random } from './selection/random.ts'
import type { VmSelection } from './selection/selection.ts'

const SAMPLE_MS = 300_000

/** A policy of the PlanetLab study (Beloglazov & Buyya 2012, as CloudSim 3.0.3 runs it). The seed is for random selection only. */
export function studyBaseline(name: string, settings: BaselineSettings, seed: number): Baseline {
  const overloaded = overloadTest(settings)
  const select = vmSelection(settings, seed)
  let columns: HostColumns | null = null
  return {
    name, historyMs: HISTORY_SAMPLES * SAMPLE_MS,
    decide(view) {
      if (settings.static || overloaded === null) return []
      if (columns === null || !areOf(columns, view.pool.hosts)) columns = hostColumns(view.pool.hosts)
      return decideRound(view, columns, overloaded, select)
    },
  }
}

/** Section 6 of the study's specification. */
function decideRound(view: BaselineView, columns: HostColumns, overloaded: OverloadTest, select: VmSelection): readonly BaselineMove[] {
  const round = openRound(view, columns)
  if (round === null) return []
  const over = overloadedHosts(round, overloaded)
  const takenOff = takeOff(round, over, overloaded, select)
  const overHosts = new Set(over)
  const search = openSearch(round, overloaded, overHosts)
  const relieving = relieve(search, takenOff)
  return [...relieving, ...emptyUnderloaded(search, overHosts)]
}

function overloadTest({ overload, parameter }: BaselineSettings): OverloadTest | null {
  switch (overload) {
    case 'never':
      return null
    case 'threshold':
      return threshold(parameter)
    case 'interquartileRange':
      return interquartileRange(parameter)
    case 'medianAbsoluteDeviation':
      return medianAbsoluteDeviation(parameter)
    case 'localRegression':
      return localRegression(parameter)
  }
}

function vmSelection({ select }: BaselineSettings, seed: number): VmSelection {
  switch (select) {
    case 'minimumMigrationTime':
      return minimumMigrationTime
    case 'minimumUtilization':
      return minimumUtilization
    case 'random':
      return random(seed)
    case 'maximumCorrelation':
      return maximumCorrelation
  }
}
