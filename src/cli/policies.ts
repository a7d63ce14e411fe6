import { BUILT_IN_POLICIES } from '../config/policies.ts'
import { unknownWord } from '../config/nearest.ts'
import { csvCell } from '../report/comparisonCsv.ts'
import type { ExitCode } from './exitCode.ts'
import { bad, type CommonOptions } from './options.ts'
import type { Terminal } from './terminal.ts'
import { textTable } from './textTable.ts'

/** Lists the built-in policies, or shows the settings of one. */
export function policiesCommand(name: string | undefined, options: CommonOptions & { readonly csv?: boolean }, terminal: Terminal): ExitCode {
  if (name !== undefined && !BUILT_IN_POLICIES.has(name)) throw bad('NAME', unknownWord('policy', name, [...BUILT_IN_POLICIES.keys()]))
  const shown = [...BUILT_IN_POLICIES.values()].filter(({ settings }) => name === undefined || settings.name === name)
  if (options.json) terminal.out(`${JSON.stringify({ policies: shown.map(({ settings, source }) => ({ ...settings, source })) })}\n`)
  else if (options.csv) terminal.out(`${[['name', 'description', 'source'], ...shown.map(({ settings, source }) => [settings.name, settings.description, source])].map((row) => row.map(csvCell).join(',')).join('\n')}\n`)
  else if (name === undefined) terminal.out(`${textTable(shown.map(({ settings, source }) => [settings.name, settings.description, source]), [0, 1, 2])}\n\nplimsoll policies NAME shows all settings of one.\n`)
  else for (const { settings, source } of shown) terminal.out(`${settings.description}\nSource: ${source}\n\n${settingLines(settings).join('\n')}\n`)
  return 0
}

/** `powerSave.holdMs: 300000`, the form in which settings are written in policy files and after --set. */
function settingLines(settings: object, prefix = ''): string[] {
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]) => {
    const path = `${prefix}${key}`
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? settingLines(value, `${path}.`) : [`${path}: ${JSON.stringify(value)}`]
  })
}
