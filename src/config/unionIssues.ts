import type * as z from 'zod'

type ZodIssue = z.core.$ZodIssue

/** What zod says of a union when the schema says nothing of its own. */
export const UNION_MESSAGE = 'Invalid input'

/** Issues with each union's replaced by those of the branch that the value was meant for; paths are of the whole value. */
export function resolveUnions(issues: readonly ZodIssue[], base: readonly PropertyKey[] = []): ZodIssue[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path]
    const branch = issue.code === 'invalid_union' && issue.message === UNION_MESSAGE ? meantBranch(issue.errors) : null
    return branch === null ? [{ ...issue, path }] : resolveUnions(branch, path)
  })
}

/** The branch whose kind of value it is: the only ones left out are those that would want something else altogether. */
function meantBranch(branches: readonly (readonly ZodIssue[])[]): readonly ZodIssue[] | null {
  return branches.find((branch) => branch.every((issue) => !(issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')))) ?? null
}
