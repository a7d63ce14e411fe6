import { parseScenario } from '../../src/config/scenarioFile.ts'
import type { OpenFile, Scenario } from '../../src/config/scenario.ts'
import { NO_OVERRIDES, readVariants, uniqueIssues, type Overrides } from '../../src/config/scenarioText.ts'
import { parseSource } from '../../src/config/sourceDocument.ts'
import { BadInput, type Issue } from '../../src/model/result.ts'

const FORMATS = ['load', 'planetlab', 'gcd']

/** Opens files from texts by path. */
export const filesOf = (files: Readonly<Record<string, string>>): OpenFile => ({ path }) => {
  const text = files[path]
  if (text === undefined) throw new BadInput([{ path, message: 'does not exist' }])
  return parseSource(path, text)
}

export interface Read {
  readonly scenarios: readonly Scenario[]
  readonly issues: readonly Issue[]
}

/** Reads a scenario's text with everything it names, as the command line does. */
export function readScenario(text: string, overrides: Partial<Overrides> = {}, files: Readonly<Record<string, string>> = {}): Read {
  try {
    const readings = readVariants('s.yaml', text, { ...NO_OVERRIDES, ...overrides }).map((variant) => parseScenario(variant, 'fallback', FORMATS, filesOf(files)))
    return { scenarios: readings.flatMap(({ scenario }) => scenario ?? []), issues: uniqueIssues(readings.flatMap(({ issues }) => issues)) }
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    return { scenarios: [], issues: error.issues }
  }
}

/** Issues as lines. */
export const lines = (issues: readonly Issue[]): string[] => issues.map(({ path, message }) => `${path}: ${message}`)

/** Issues of what an action throws, as lines. */
export function issuesOf(action: () => unknown): string[] {
  try {
    action()
    return []
  } catch (error) {
    if (error instanceof BadInput) return lines(error.issues)
    throw error
  }
}
