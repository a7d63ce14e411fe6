import { writeFileSync } from 'node:fs'
import { whyNoBed } from '../support/beds.ts'
import { races, racesTable } from './races.ts'
import { soak } from './soak.ts'
import { soakTable } from './table.ts'

/** Runs the races and the soak, and prints what became of them. Gives the exit code: 0 nothing broken, 1 a violation, 3 it can't run here. */
export async function soakMain(options: { readonly seed: number; readonly migrationsMin: number; readonly killsMin: number; readonly races: number; readonly out: string | null }): Promise<number> {
  const why = whyNoBed('kvm')
  if (why !== null) {
    console.error(`the soak can't run here: ${why}`)
    return 3
  }
  const say = (text: string): void => console.error(text)
  const raced = await races(options.races, options.seed, say)
  process.stdout.write(racesTable(raced))
  const result = await soak({ ...options, hosts: 3, vmsPerHost: 3, say })
  if (options.out !== null) writeFileSync(options.out, `${JSON.stringify({ ...result, races: raced }, null, 2)}\n`)
  process.stdout.write(soakTable(result))
  return result.violations.length === 0 && raced.every(({ ended }) => ended !== 'killed') ? 0 : 1
}
