import { csvCell } from '../report/comparisonCsv.ts'
import type { SuiteResult } from './suite.ts'
import { textTable } from './textTable.ts'

/** Who passes what: a row a scenario, a column a policy, then every failure with its reason, then how many each passes. */
export function suiteText(results: readonly SuiteResult[]): string {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))]
  const others = [...new Set(results.filter(({ ours }) => !ours).map(({ policy }) => policy))]
  const of = (scenario: string, policy: string): SuiteResult | undefined => results.find((one) => one.scenario === scenario && one.policy === policy)
  const mark = (result: SuiteResult | undefined): string => (result === undefined ? '' : result.passed ? 'ok' : '-')
  const rows = scenarios.map((scenario) => {
    const own = results.filter((one) => one.scenario === scenario && one.ours)
    return [scenario, own.map(({ policy, passed }) => `${policy} ${passed ? 'ok' : 'FAILS'}`).join(', '), ...others.map((policy) => mark(of(scenario, policy)))]
  })
  const table = textTable([['scenario', 'its own policy', ...others.map((_, index) => String(index + 1))], ...rows], [0, 1])
  const legend = others.map((policy, index) => `${index + 1} ${policy}`).join('   ')
  const failures = results.filter(({ passed }) => !passed).sort((a, b) => Number(b.ours) - Number(a.ours))
  const whys = failures.length === 0 ? [] : [textTable(failures.map(({ scenario, policy, reason }) => [scenario, policy, reason]), [0, 1, 2])]
  return [table, ...(legend === '' ? [] : [legend]), ...whys, tally(results, others)].join('\n\n')
}

function tally(results: readonly SuiteResult[], others: readonly string[]): string {
  const own = results.filter(({ ours }) => ours)
  const passed = (some: readonly SuiteResult[]): string => `${some.filter((one) => one.passed).length} of ${some.length}`
  return [`own policies pass ${passed(own)}`, ...others.map((policy) => `${policy} ${passed(results.filter((one) => !one.ours && one.policy === policy))}`)].join('; ')
}

export const suiteCsv = (results: readonly SuiteResult[]): string => [['scenario', 'policy', 'ours', 'passed', 'reason'], ...results.map(({ scenario, policy, ours, passed, reason }) => [scenario, policy, String(ours), String(passed), reason])].map((row) => row.map(csvCell).join(',')).join('\n')

/** What every policy did on one scenario, as a Markdown table. */
export function scenarioTable(results: readonly SuiteResult[]): string {
  const rows = results.map(({ policy, ours, passed, reason }) => `| ${ours ? `**${policy}**` : policy} | ${passed ? 'passes' : 'fails'} | ${reason.replaceAll('|', '/')} |`)
  return ['| policy | | what it did |', '|---|---|---|', ...rows].join('\n')
}
