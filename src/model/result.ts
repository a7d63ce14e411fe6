/** An expected "no": `code` is stable and made to branch on, `message` says what is so, what was needed and what to do next. */
export interface Refusal {
  readonly code: string
  readonly message: string
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal }

export const done = <T>(value: T): Result<T> => ({ ok: true, value })
export const refuse = (code: string, message: string): { readonly ok: false; readonly refusal: Refusal } => ({ ok: false, refusal: { code, message } })

/** Why something is or is not done: a stable code, a sentence for people, and the numbers in it, units last in their names. */
export interface Reason {
  readonly code: string
  readonly text: string
  readonly numbers: Readonly<Record<string, number>>
}

export const reason = (code: string, text: string, numbers: Readonly<Record<string, number>> = {}): Reason => ({ code, text, numbers })

/** A fault in what a person handed in. `path` is a field path, or a file with a line. */
export interface Issue {
  readonly path: string
  readonly message: string
}

/** Carries every problem found in one input; the command line prints them all and exits 2. */
export class BadInput extends Error {
  readonly issues: readonly Issue[]
  constructor(issues: readonly Issue[]) {
    super(issues.map((issue) => `${issue.path}: ${issue.message}`).join('\n'))
    this.name = 'BadInput'
    this.issues = issues
  }
}

/** Throws when a claim that must always hold does not: a fault of ours, never of the input. */
export function invariant(claim: boolean, message: string): asserts claim {
  if (!claim) throw new Error(`broken invariant: ${message}`)
}
