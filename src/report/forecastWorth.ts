import type { RunSummary } from '../model/run.ts'

/** Name of the policy that is a policy's twin in all but its forecasts. */
export const withoutForecasts = (policy: string): string => `${policy}-without-forecasts`

/** A figure with forecasts and without, means over seeds. */
interface WithAndWithout {
  readonly with: number
  readonly without: number
}

/** What forecasts changed: the same policy over the same load, with them and without. */
export interface ForecastWorth {
  readonly policy: string
  readonly seeds: readonly number[]
  readonly violationMinutes: WithAndWithout
  readonly energyKwh: WithAndWithout
  readonly migrations: WithAndWithout
}

/** One for each policy that ran with its twin, over the seeds that both have. */
export function forecastWorth(summaries: readonly RunSummary[]): ForecastWorth[] {
  const policies = [...new Set(summaries.map(({ policy }) => policy))]
  return policies.flatMap((policy) => {
    const pairs = summaries.filter((one) => one.policy === policy).flatMap((own) => summaries.filter((twin) => twin.policy === withoutForecasts(policy) && twin.seed === own.seed).map((twin) => ({ own, twin })))
    if (pairs.length === 0) return []
    const mean = (of: (summary: RunSummary) => number): WithAndWithout => ({ with: pairs.reduce((sum, { own }) => sum + of(own), 0) / pairs.length, without: pairs.reduce((sum, { twin }) => sum + of(twin), 0) / pairs.length })
    return [{ policy, seeds: pairs.map(({ own }) => own.seed).sort((a, b) => a - b), violationMinutes: mean(({ sla }) => sla.violationMinutes), energyKwh: mean(({ energyKwh }) => energyKwh), migrations: mean(({ migrations }) => migrations) }]
  })
}

/** In one sentence. */
export function worthSentence({ policy, seeds, violationMinutes, energyKwh, migrations }: ForecastWorth): string {
  const change = (figure: WithAndWithout, digits: number, unit: string): string => {
    const apart = Number((figure.with - figure.without).toFixed(digits))
    const relative = figure.without === 0 || apart === 0 ? '' : ` (${apart > 0 ? '+' : ''}${((100 * (figure.with - figure.without)) / figure.without).toFixed(1)} %)`
    return `${apart > 0 ? '+' : ''}${apart.toFixed(digits)} ${unit}${relative}`
  }
  const over = seeds.length === 1 ? `seed ${seeds[0]}` : `the mean of ${seeds.length} seeds`
  return `Forecasts were worth to ${policy}, against the same runs without them: ${change(violationMinutes, 0, 'SLA-violation VM-minutes')}, ${change(energyKwh, 2, 'kWh')}, ${change(migrations, 0, 'migrations')}, ${over}.`
}
