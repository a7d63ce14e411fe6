import { gunzipSync, gzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { annealInThreads } from '../src/drivers/compute/anneal.ts'
import { BadInput } from '../src/model/result.ts'
import { evaluate } from '../src/optimize/evaluate.ts'
import type { Answer, Problem } from '../src/optimize/problem.ts'
import { writeFileAtomic } from '../src/store/atomic.ts'
import { provenance } from './machine.ts'
import { type RoadefArguments, USAGE, readArguments } from './roadefArguments.ts'
import { roadefLowerBound, roadefProblem } from './roadefProblem.ts'
import { readAssignment, readModel } from './roadefText.ts'

/** Left of the time for ending the threads and writing. */
const CLOSING_MS = 400
const CLOSING_MS_PER_ITEM = 0.01
const NODES_MAX = Number.MAX_SAFE_INTEGER

/**
 * Instances of the ROADEF/EURO challenge 2012: reads, anneals until the time given is up (of the whole process), writes the
 * solution and prints its cost by terms, the gap to the lower bound and what it took. Exits 2 on bad input.
 */
export async function benchRoadef(args: readonly string[]): Promise<void> {
  try {
    await solve(readArguments(args))
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    for (const { path, message } of error.issues) console.error(`${path}: ${message}`)
    console.error(USAGE)
    process.exitCode = 2
  }
}

async function solve(given: RoadefArguments): Promise<void> {
  const model = readModel(given.model, readBytes(given.model))
  const initial = readAssignment(given.initial, readBytes(given.initial), model)
  const problem = roadefProblem(model, initial)
  const lowerBound = roadefLowerBound(model)
  const before = evaluate(problem, initial)
  if (before.hard > 0) throw new BadInput([{ path: given.initial, message: `the assignment breaks hard constraints of ${given.model}: expected one that keeps all of them to begin from` }])
  const interrupt = new AbortController()
  const onSignal = (): void => interrupt.abort()
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  progress(given, 'initial assignment', before.value, lowerBound)
  const answer = await annealInThreads(problem, initial, {
    threads: given.threads, seed: given.seed, signal: interrupt.signal, nodesMax: given.nodesMax ?? NODES_MAX,
    endMs: given.nodesMax === null ? performance.timeOrigin + given.seconds * 1000 - CLOSING_MS - CLOSING_MS_PER_ITEM * problem.itemCount : null,
    onProgress: (text, best) => progress(given, text, best, lowerBound),
  })
  if (given.out !== null) writeSolution(given.out, answer.assignment)
  report(given, problem, answer, lowerBound, before.value)
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
}

function readBytes(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path)
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
  } catch (error) {
    throw new BadInput([{ path, message: `can't be read (${(error as Error).message}): name a plain or gzipped file of the challenge` }])
  }
}

function writeSolution(path: string, assignment: Int32Array): void {
  const text = `${assignment.join(' ')}\n`
  writeFileAtomic(path, path.endsWith('.gz') ? gzipSync(text) : text)
}

const gapText = (value: number, bound: number): string => (bound > 0 ? `${(((value - bound) / bound) * 100).toFixed(4)} % above the bound` : 'no gap: the bound is 0')
const elapsedS = (): number => performance.now() / 1000

function progress({ quiet }: RoadefArguments, text: string, best: number, bound: number): void {
  if (!quiet) console.error(`${elapsedS().toFixed(1)} s: ${best}, ${gapText(best, bound)} (${text})`)
}

function report({ json, model, seed, threads, nodesMax, seconds }: RoadefArguments, problem: Problem, { assignment, cost, nodes }: Answer, bound: number, before: number): void {
  const { user, system } = process.cpuUsage()
  const moved = assignment.reduce((count, bin, item) => count + (bin === problem.initial[item] ? 0 : 1), 0)
  const result = {
    instance: basename(model), valid: cost.hard === 0, cost: cost.value, before, terms: cost.terms, lowerBound: bound, gap: bound > 0 ? (cost.value - bound) / bound : null, moved, proposals: nodes, seed, threads,
    limit: nodesMax === null ? { seconds } : { nodes: nodesMax }, timing: { wallS: elapsedS(), cpuS: (user + system) / 1e6, peakMemoryMib: Math.round(process.resourceUsage().maxRSS / 1024) }, provenance: provenance(),
  }
  if (json) console.log(JSON.stringify(result))
  else {
    const terms = Object.entries(cost.terms).map(([name, value]) => `${name} ${value}`).join(', ')
    console.log(`${result.instance}: ${cost.value} (${terms}), ${gapText(cost.value, bound)} ${bound}; ${moved} of ${problem.itemCount} moved`)
    console.log(`${result.timing.wallS.toFixed(1)} s wall, ${result.timing.cpuS.toFixed(1)} CPU s, ${nodes} proposals, ${result.timing.peakMemoryMib} MiB, ${threads} threads, seed ${seed}`)
    console.log(result.provenance)
  }
}
