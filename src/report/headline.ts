import type { Comparison, MetricComparison, PolicyFigure } from './comparison.ts'
import { figureText, relativeText, unitText } from './figureText.ts'
import { worthSentence } from './forecastWorth.ts'
import type { MetricId } from './metrics.ts'

/** The answer in a few sentences: which policy takes least energy, which others can't be told from it, and what it costs in service and migrations. */
export function headline(comparison: Comparison): readonly string[] {
  const { policy, alike } = comparison.leastEnergy
  const energy = metricOf(comparison, 'energyKwh')
  const best = energy.policies.find((figure) => figure.policy === policy)!
  const sentences = [bestSentence(best, energy, comparison)]
  if (alike.length > 0) sentences.push(`Not distinguishable from it in energy: ${alike.join(', ')}.`)
  return [...sentences, costSentence(comparison, policy), ...(comparison.forecastWorth ?? []).map(worthSentence)]
}

function bestSentence(best: PolicyFigure, energy: MetricComparison, { policies, base, leastEnergy }: Comparison): string {
  if (policies.length === 1) return `${best.policy} takes ${shown(best.mean, energy)}.`
  if (leastEnergy.alike.length === policies.length - 1) return `No policy can be told from another by its energy: ${best.policy} takes ${shown(best.mean, energy)}.`
  if (best.policy === base) return `No policy takes less energy than ${base}: ${shown(best.mean, energy)}.`
  return `${best.policy} takes least energy: ${shown(best.mean, energy)}, ${againstBase(best, energy, base)}.`
}

const metricOf = (comparison: Comparison, id: MetricId): MetricComparison => comparison.metrics.find((metric) => metric.id === id)!

/** What the policy costs beside its energy. */
function costSentence(comparison: Comparison, policy: string): string {
  const sla = metricOf(comparison, 'violationRatio')
  const migrations = metricOf(comparison, 'migrations')
  const at = comparison.policies.indexOf(policy)
  const figure = sla.policies[at]!
  const against = figure.difference === null ? '' : ` (${againstBase(figure, sla, comparison.base)})`
  return `Under ${policy}, VMs miss their service level in ${shown(figure.mean, sla)} of their minutes${against}, with ${figureText(migrations.policies[at]!.mean, migrations)} migrations.`
}

const shown = (value: number, metric: MetricComparison): string => `${figureText(value, metric)} ${unitText(metric.unit)}`

function againstBase({ difference }: PolicyFigure, metric: MetricComparison, base: string): string {
  if (difference === null) return ''
  const amount = metric.unit === 'ratio' ? `${figureText(Math.abs(difference.mean), metric)} points` : shown(Math.abs(difference.mean), metric)
  const percent = metric.unit === 'ratio' || difference.ratio === null ? null : relativeText(Math.abs(difference.ratio))
  const relative = percent === null ? '' : ` (${percent.slice(1)})`
  const direction = difference.mean < 0 ? 'less' : 'more'
  switch (difference.verdict) {
    case 'equal': return `the same as ${base}`
    case 'notDistinguishable': return `not distinguishable from ${base}`
    case 'noInterval': return difference.mean === 0 ? `the same as ${base}` : `${amount}${relative} ${direction} than ${base} in what was run, with no interval to judge it by`
    case 'noSpread': return `${amount}${relative} ${direction} than ${base} in each pair of runs`
    case 'less':
    case 'more': return `${amount}${relative} ${direction} than ${base}`
  }
}
