import { BadInput, type Issue } from '../../../src/model/result.ts'

const LISTED_MAX = 100

/** Collects what is wrong with one input: the first hundred problems in full, the rest counted. */
export interface IssueList {
  /** `message` is only called while there is room. `line` null: the problem is the file's as a whole. */
  add(file: string, line: number | null, message: () => string): void
  /** Runs a part of the reading; the problems that it throws are kept and null comes back, so that other parts still run. */
  collect<T>(part: () => T): T | null
  readonly count: number
  /** Throws BadInput when there is any problem. */
  throwIfAny(): void
}

export function issueList(): IssueList {
  const issues: Issue[] = []
  let count = 0
  const keep = (path: string, message: () => string): void => {
    count++
    if (issues.length < LISTED_MAX) issues.push({ path, message: message() })
  }
  return {
    add: (file, line, message) => keep(line === null ? file : `${file}:${line}`, message),
    collect: (part) => {
      try {
        return part()
      } catch (error) {
        if (!(error instanceof BadInput)) throw error
        for (const issue of error.issues) keep(issue.path, () => issue.message)
        return null
      }
    },
    get count() {
      return count
    },
    throwIfAny: () => {
      if (count === 0) return
      const more = count - issues.length
      throw new BadInput(more === 0 ? issues : [...issues, { path: issues[issues.length - 1]!.path, message: `and ${more} more problems like these` }])
    },
  }
}
