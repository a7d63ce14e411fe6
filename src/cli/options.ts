import { BadInput } from '../model/result.ts'

/** Options that most commands share. */
export interface CommonOptions {
  readonly json?: boolean
  readonly quiet?: boolean
}

/** Options of commands that run scenarios. */
export interface ScenarioOptions extends CommonOptions {
  readonly set: readonly string[]
  readonly policy: readonly string[]
  readonly seed?: string
  readonly out?: string
}

export const bad = (path: string, message: string): BadInput => new BadInput([{ path, message }])

/** A whole number in an option. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN
  if (value >= min && value <= max) return value
  throw bad(option, `is ${JSON.stringify(text)}, expected a whole number from ${min} to ${max}`)
}

export const SEED_MAX = 2 ** 32 - 1
