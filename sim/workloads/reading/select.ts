import { BadInput } from '../../../src/model/result.ts'
import type { IssueList } from './issueList.ts'
import type { LoadSource } from './source.ts'

/**
 * Which of the traces in a folder is meant: the one selected, or the only one. A trace is a file whose name matches
 * `pattern`, its name the first group. Throws BadInput (with the issues so far) when that leaves none or several.
 */
export function chooseTrace(source: LoadSource, pattern: RegExp, select: string | null, fileName: string, issues: IssueList): string {
  const found = [...new Set(source.names.flatMap((name) => pattern.exec(name)?.[1] ?? []))]
  if (select === null && found.length === 1) return found[0]!
  if (select !== null && found.includes(select)) return select
  const there = found.length === 0 ? `no file ${fileName} is there` : `there are ${found.join(', ')}`
  const message = select === null ? `${there}: ${found.length === 0 ? 'give the folder that holds it' : 'select one'}` : `there is no trace "${select}" (${there})`
  issues.throwIfAny()
  throw new BadInput([{ path: source.path, message }])
}
