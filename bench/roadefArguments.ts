import { parseArgs } from 'node:util'
import { BadInput, type Issue } from '../src/model/result.ts'

export interface RoadefArguments {
  readonly model: string
  readonly initial: string
  /** Of wall time, for the whole process. */
  readonly seconds: number
  /** Proposals instead of time: the run can be repeated. */
  readonly nodesMax: number | null
  readonly threads: number
  readonly seed: number
  readonly out: string | null
  readonly json: boolean
  readonly quiet: boolean
}

export const USAGE = 'usage: npm run bench roadef -- MODEL INITIAL [--seconds 60 | --nodes N] [--threads 2] [--seed 1] [--out FILE[.gz]] [--json] [--quiet]'

const OPTIONS = { seconds: { type: 'string' }, nodes: { type: 'string' }, threads: { type: 'string' }, seed: { type: 'string' }, out: { type: 'string' }, json: { type: 'boolean' }, quiet: { type: 'boolean' } } as const

/** Reads the command line. Throws BadInput with all that is wrong with it. */
export function readArguments(args: readonly string[]): RoadefArguments {
  const { values, positionals } = parse(args)
  const issues: Issue[] = []
  const [model, initial] = positionals
  if (positionals.length !== 2) issues.push({ path: 'arguments', message: `${positionals.length} files are named, expected two: the model and the initial assignment` })
  const number = (name: 'seconds' | 'nodes' | 'threads' | 'seed', fallback: number, min: number, max: number, isWhole: boolean): number => {
    const text = values[name]
    if (text === undefined) return fallback
    const value = Number(text)
    if (text.trim() !== '' && value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value
    issues.push({ path: `--${name}`, message: `is "${text}", expected ${isWhole ? 'a whole number' : 'a number'} from ${min} to ${max}` })
    return fallback
  }
  const seconds = number('seconds', 60, 1, 86_400, false)
  const nodes = number('nodes', 0, 1, Number.MAX_SAFE_INTEGER, true)
  const read = { seconds, nodesMax: nodes === 0 ? null : nodes, threads: number('threads', 2, 1, 64, true), seed: number('seed', 1, 0, 2 ** 31 - 1, true) }
  if (issues.length > 0) throw new BadInput(issues)
  return { ...read, model: model!, initial: initial!, out: values.out ?? null, json: values.json ?? false, quiet: values.quiet ?? false }
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new BadInput([{ path: 'arguments', message: (error as Error).message }])
  }
}
