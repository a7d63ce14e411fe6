import { simulate } from '../sim/run.ts'
import { greedySolver } from '../src/optimize/greedy.ts'
import { brokenBounds } from './bounds/broken.ts'
import { dayOf } from './bounds/day.ts'
import { provenance } from './machine.ts'

const DAYS = 10_000
const SHOWN_MAX = 20

/** `npm run bench bounds -- [days] [first seed]`: random days of small pools, and which of them broke a bound that its policy promises. */
export function benchBounds([days = String(DAYS), first = '1']: readonly string[]): void {
  const cpu = process.cpuUsage()
  const sums = { migrations: 0, powerOffs: 0, unplaced: 0 }
  const broken: string[] = []
  for (let seed = Number(first); seed < Number(first) + Number(days); seed++) {
    const run = dayOf(seed)
    const made = simulate(run, { solver: greedySolver })
    sums.migrations += made.summary.migrations
    sums.powerOffs += made.summary.powerOffs
    sums.unplaced += made.summary.unplacedAtEnd
    for (const text of brokenBounds(run, made)) broken.push(`seed ${seed}: ${text}`)
  }
  const { user, system } = process.cpuUsage(cpu)
  console.log(`${days} days from seed ${first}: ${sums.migrations} migrations, ${sums.powerOffs} power-offs, ${sums.unplaced} VMs without a place at the end`)
  console.log(`bounds broken: ${broken.length}`)
  for (const text of broken.slice(0, SHOWN_MAX)) console.log(text)
  console.log(`CPU ${((user + system) / 1e6).toFixed(0)} s; ${provenance()}`)
  if (broken.length > 0) process.exitCode = 1
}
