import type { Comparison, MetricComparison, PolicyFigure } from './comparison.ts'
import { figureText, unitText } from './figureText.ts'
import type { MetricId } from './metrics.ts'

/** The answer in two or three sentences: which policy takes least energy, and what that costs in service and migrations. Ties go to the policy that comes first. */
export function headline(comparison: Comparison): readonly string[] {
  const energy = metricOf(comparison, 'energyKwh')
  const best = energy.policies.reduce((least, figure) => (figure.mean < least.mean ? figure : least))
  if (comparison.policies.length === 1) return [`${best.policy} takes ${shown(best.mean, energy)}.`, ...costs(comparison, best.policy)]
  if (best.policy === comparison.base) return [`No policy takes less energy than ${best.policy}: ${shown(best.mean, energy)}.`, ...costs(comparison, best.policy)]
  return [`${best.policy} takes least energy: ${shown(best.mean, energy)}, ${againstBase(best, energy, comparison.base)}.`, ...costs(comparison, best.policy)]
}

const metricOf = (comparison: Comparison, id: MetricId): MetricComparison => comparison.metrics.find((metric) => metric.id === id)!

/** What the policy costs beside its energy. */
function costs(comparison: Comparison, policy: string): string[] {
  const sla = metricOf(comparison, 'violationRatio')
  const migrations = metricOf(comparison, 'migrations')
  const at = comparison.policies.indexOf(policy)
  const figure = sla.policies[at]!
  const against = figure.difference === null ? '' : ` (${againstBase(figure, sla, comparison.base)})`
  return [`VMs then miss their service level in ${shown(figure.mean, sla)} of their minutes${against}, with ${figureText(migrations.policies[at]!.mean, migrations)} migrations.`]
}

const shown = (value: number, metric: MetricComparison): string => `${figureText(value, metric)} ${unitText(metric.unit)}`

function againstBase({ difference }: PolicyFigure, metric: MetricComparison, base: string): string {
  if (difference === null) return ''
  const amount = metric.unit === 'ratio' ? `${figureText(Math.abs(difference.mean), metric)} points` : shown(Math.abs(difference.mean), metric)
  const relative = difference.ratio === null || metric.unit === 'ratio' ? '' : ` (${figureText(Math.abs(difference.ratio), { unit: 'ratio', digits: 1 })} %)`
  const direction = difference.mean < 0 ? 'less' : 'more'
  switch (difference.verdict) {
    case 'equal': return `the same as ${base}`
    case 'notDistinguishable': return `not distinguishable from ${base}`
    case 'noInterval': return `${amount}${relative} ${direction} than ${base} in what was run, with no interval to judge it by`
    case 'noSpread': return `${amount}${relative} ${direction} than ${base} in each pair of runs`
    case 'less':
    case 'more': return `${amount}${relative} ${direction} than ${base}`
  }
}
